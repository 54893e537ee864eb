// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyKeys.h"

#include "core/base/Files.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr auto untilAnswer = 10s;
constexpr auto untilPerson = 110s;
constexpr std::size_t saltBytes = 16;
constexpr const char *giveUp = "; farthingctl bodies purge --all gives those bodies up";

/// What one store's records are encrypted with.
SecretKey dataKey(const SecretKey &key, std::string_view salt)
{
    return key.derive("farthing bodies 1", salt);
}

/// Tells nothing about the key but whether it is the right one.
std::string checkOf(const SecretKey &key, std::string_view salt)
{
    return key.derive("farthing bodies check 1", salt).toHex();
}

Error saying(SecretProgram::Answer answer)
{
    if (answer.outcome == SecretProgram::Outcome::Locked)
        return Error{"the keyring is locked: unlock it, or run farthingctl bodies unlock, or say \"key\": "
                     "\"file\" in farthing.json"};
    return Error{std::move(answer.text), "the secret service"};
}

} // namespace

std::string BodyKeys::nameOf(std::string_view place) const
{
    return keyPlaceOf(place) == KeyPlace::File ? m_options.file.string() : "the secret service";
}

SecretProgram::Answer BodyKeys::ask(SecretProgram::Verb verb) const
{
    return SecretProgram(m_options.program)
        .run(verb, m_options.mayAsk, m_options.mayAsk ? untilPerson : untilAnswer, m_stop);
}

Result<std::optional<SecretKey>> BodyKeys::readFile() const
{
    namespace fs = std::filesystem;
    if (m_options.file.empty())
        return Error{"neither XDG_CONFIG_HOME nor HOME says where the key of kept bodies is to lie"};
    std::error_code failure;
    const fs::file_status status = fs::status(m_options.file, failure);
    if (status.type() == fs::file_type::not_found)
        return std::optional<SecretKey>();
    if (failure)
        return Error{failure.message(), m_options.file.string()};
    if ((status.permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
        return Error{"other users can read or change this key: chmod 600 it", m_options.file.string()};
    auto text = farthing::readFile(m_options.file);
    if (!text)
        return text.error();
    const auto key = SecretKey::parse(*text);
    OPENSSL_cleanse(text->data(), text->size());
    if (!key)
        return key.error().at(m_options.file.string());
    return std::optional(*key);
}

Result<BodyKeys::Found> BodyKeys::makeFile() const
{
    const auto key = SecretKey::make();
    if (!key)
        return key.error();
    if (auto created = createPrivateDirectory(m_options.file.parent_path()); !created)
        return created.error();
    if (auto written = writeNewFile(m_options.file, key->toHex() + "\n"); !written)
        return written.error();
    return Found{*key, KeyPlace::File};
}

Result<std::optional<SecretKey>> BodyKeys::find(KeyPlace place) const
{
    if (place == KeyPlace::File)
        return readFile();
    auto answer = ask(SecretProgram::Verb::Lookup);
    if (answer.outcome == SecretProgram::Outcome::None)
        return std::optional<SecretKey>();
    if (answer.outcome != SecretProgram::Outcome::Found)
        return saying(std::move(answer));
    const auto key = SecretKey::parse(answer.text);
    if (!key)
        return key.error().at("the secret service");
    return std::optional(*key);
}

Result<BodyKeys::Found> BodyKeys::findOrMake(KeyPlace place) const
{
    if (place != KeyPlace::File) {
        auto answer = ask(SecretProgram::Verb::Make);
        if (answer.outcome == SecretProgram::Outcome::Found) {
            const auto key = SecretKey::parse(answer.text);
            if (!key)
                return key.error().at("the secret service");
            return Found{*key, KeyPlace::SecretService};
        }
        if (place == KeyPlace::SecretService || answer.outcome != SecretProgram::Outcome::NoService)
            return saying(std::move(answer));
    }
    const auto found = readFile();
    if (!found)
        return found.error();
    return *found ? Result<Found>(Found{**found, KeyPlace::File}) : makeFile();
}

Result<BodyCipher> BodyKeys::cipherOf(const BodyStore::Identity &identity)
{
    const auto place = keyPlaceOf(identity.keyPlace);
    if (!place)
        return Error{"says '" + identity.keyPlace + "' for where its key lies", "bodies.db"};
    const auto key = find(*place);
    if (!key)
        return key.error();
    if (!*key)
        return Error{"holds no key any more for the bodies that were kept" + std::string(giveUp),
                     nameOf(identity.keyPlace)};
    if (checkOf(**key, identity.salt) != identity.keyCheck)
        return Error{"holds another key than that which the bodies were kept with" + std::string(giveUp),
                     nameOf(identity.keyPlace)};
    return BodyCipher(dataKey(**key, identity.salt));
}

Result<BodyCipher> BodyKeys::cipherFor(BodyStore &store, KeyPlace place)
{
    const auto identity = store.identity();
    const auto empty = store.isEmpty();
    if (!identity || !empty)
        return !identity ? identity.error() : empty.error();
    if (*identity && !*empty) {
        if (place != KeyPlace::Auto && farthing::nameOf(place) != (*identity)->keyPlace)
            return Error{"the bodies kept so far were encrypted with the key in " +
                         nameOf((*identity)->keyPlace) + ", and farthing.json asks for another place" +
                         giveUp};
        if (auto set = store.setIdentity(**identity); !set)
            return set.error();
        return cipherOf(**identity);
    }
    const auto found = findOrMake(place);
    if (!found)
        return found.error();
    std::string salt(saltBytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char *>(salt.data()), saltBytes) != 1)
        return Error{"there is no randomness to make a salt from"};
    const BodyStore::Identity made = {salt, checkOf(found->key, salt),
                                      std::string(farthing::nameOf(found->place))};
    if (auto set = store.setIdentity(made); !set)
        return set.error();
    return BodyCipher(dataKey(found->key, salt));
}

} // namespace farthing
