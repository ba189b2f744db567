// SPDX-License-Identifier: PostgreSQL
// idempotency_key_test.cpp: random keys do not collide, derived keys are the same everywhere, and no two intents share
// a key.
#include "bookonce/idempotency_key.hpp"

#include "bookonce/errors.hpp"
#include "hexadecimal.hpp"
#include "randomness.hpp"
#include "sha256.hpp"

#include <gtest/gtest.h>

#include <set>

namespace bookonce
{

using namespace std::chrono_literals;

std::string sha256_text(std::string_view text)
{
    return detail::hexadecimal(detail::sha256(text));
}

// FIPS 180-4's examples (NIST, "SHA256.pdf" and "SHA2_Additional.pdf").
TEST(Sha256, EqualsThePublishedExamples)
{
    EXPECT_EQ(sha256_text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256_text("\xbd"), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
    EXPECT_EQ(sha256_text(std::string(55, '\0')), "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
    EXPECT_EQ(sha256_text(std::string(56, '\0')), "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
    EXPECT_EQ(sha256_text(std::string(64, '\0')), "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
    EXPECT_EQ(sha256_text(std::string(1000, 'A')), "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4");
    EXPECT_EQ(sha256_text(std::string(1000000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 9562, appendix A.6.
TEST(RandomKey, IsAUuidOfVersion7)
{
    EXPECT_EQ(detail::uuid_v7(std::chrono::milliseconds{0x017F22E279B0},
                              {0, 0, 0, 0, 0, 0, 0xFC, 0xC3, 0x58, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F}),
              "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    const std::string key = IdempotencyKey::random().text();
    ASSERT_EQ(key.size(), 36U);
    EXPECT_EQ(key[14], '7');
}

TEST(RandomKey, IsNeverMadeTwice)
{
    std::set<std::string> keys;
    for (int i = 0; i < 10000; ++i)
    {
        EXPECT_TRUE(keys.insert(IdempotencyKey::random().text()).second);
    }
}

TEST(DerivedKey, IsTheSameInEveryProcessAndRelease)
{
    // printf '\0\0\0\0\0\0\0\005order\0\0\0\0\0\0\0\00242\0\0\0\0\0\0\0\0017' | sha256sum
    EXPECT_EQ(IdempotencyKey::derive("order", "42", 7).text(),
              "order:82090ca81b74d9c8ebfb161fb880d2d22843ea7fb5ad5b7bfab11518303797f0");
    EXPECT_EQ(IdempotencyKey::derive("order", 42, "7"), IdempotencyKey::derive("order", "42", 7));
    EXPECT_EQ(IdempotencyKey::derive("slot", Timestamp{-1us}), IdempotencyKey::derive("slot", -1));
}

TEST(DerivedKey, PartsDoNotRunIntoEachOther)
{
    const std::set<std::string> keys{IdempotencyKey::derive("n").text(),
                                     IdempotencyKey::derive("n", "").text(),
                                     IdempotencyKey::derive("n", "", "").text(),
                                     IdempotencyKey::derive("n", "abc").text(),
                                     IdempotencyKey::derive("n", "ab", "c").text(),
                                     IdempotencyKey::derive("n", "a", "bc").text(),
                                     IdempotencyKey::derive("na", "bc").text(),
                                     IdempotencyKey::derive("n", std::string_view{"a\0b", 3}).text(),
                                     IdempotencyKey::derive("n", "a").text()};
    EXPECT_EQ(keys.size(), 9U);
}

TEST(DerivedKey, FitsTheServersLimitUnderTheLongestNameSpace)
{
    EXPECT_EQ(IdempotencyKey::derive(std::string(190, 'n'), std::string(1 << 20, 'x')).text().size(), 255U);
    EXPECT_THROW(IdempotencyKey::derive(std::string(191, 'n')), InvalidRequest);
    EXPECT_THROW(IdempotencyKey::derive(""), InvalidRequest);
    EXPECT_THROW(IdempotencyKey::derive("a\nb"), InvalidRequest);
}

TEST(GivenKey, ThatTheServerWouldRefuseIsRefusedAtOnce)
{
    EXPECT_EQ(IdempotencyKey{"order 42"}.text(), "order 42");
    EXPECT_EQ(IdempotencyKey{std::string(255, 'k')}.text().size(), 255U);
    EXPECT_THROW(IdempotencyKey{""}, InvalidRequest);
    EXPECT_THROW(IdempotencyKey{std::string(256, 'k')}, InvalidRequest);
    EXPECT_THROW(IdempotencyKey{"a\x1f"}, InvalidRequest);
    EXPECT_THROW(IdempotencyKey{"a\x7f"}, InvalidRequest);
    EXPECT_THROW(IdempotencyKey(std::string("a\0b", 3)), InvalidRequest);
}

} // namespace bookonce
