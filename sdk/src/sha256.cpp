// SPDX-License-Identifier: PostgreSQL
// sha256.cpp: SHA-256 by OpenSSL's libcrypto.
#include "sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace bookonce::detail
{

std::array<std::uint8_t, 32> sha256(std::string_view bytes)
{
    std::array<std::uint8_t, 32> digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    {
        throw std::runtime_error{"libcrypto computes no SHA-256"};
    }
    return digest;
}

} // namespace bookonce::detail
