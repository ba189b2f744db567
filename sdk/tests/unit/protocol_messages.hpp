// SPDX-License-Identifier: PostgreSQL
// protocol_messages.hpp: a server's answers to a login, byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bookonce::testing
{

/// One message of the protocol: its type, its length, its content.
inline std::string protocol_message(char type, std::string_view content)
{
    std::string message{type};
    const auto length = static_cast<std::uint32_t>(content.size() + 4);
    for (int shift = 24; shift >= 0; shift -= 8)
    {
        message.push_back(static_cast<char>(length >> shift & 0xff));
    }
    return message.append(content);
}

/// The ErrorResponse of a server, in any language.
inline std::string refusal(std::string_view sqlstate, std::string_view severity, std::string_view text)
{
    std::string fields;
    const auto add = [&fields](char kind, std::string_view value) { (fields += kind).append(value).push_back('\0'); };
    add('S', severity);
    add('V', "FATAL");
    add('C', sqlstate);
    add('M', text);
    fields.push_back('\0');
    return protocol_message('E', fields);
}

/// AuthenticationCleartextPassword.
inline std::string password_request()
{
    return protocol_message('R', std::string_view{"\0\0\0\3", 4});
}

} // namespace bookonce::testing
