# SPDX-License-Identifier: GPL-3.0-or-later
# Run as a script with IN, OUT, NAME: writes a C++ file that holds IN's bytes as an array. Bytes and not a string
# literal: compilers limit a literal's length, and assemblers' .incbin is not everywhere.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUT} "#include <string_view>

namespace farthing::embedded {

namespace {
constexpr unsigned char bytes[] = {
${bytes}};
}

extern const std::string_view ${NAME};
const std::string_view ${NAME}(reinterpret_cast<const char *>(bytes), sizeof bytes);

} // namespace farthing::embedded
")
