// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the desktop's secret service for the key of kept bodies, so that farthingd has no part of GLib or
// D-Bus in it and a service that hangs holds up nothing but this process. For farthingd and farthingctl, not
// for people.
#include "core/bodies/SecretKey.h"
#include "core/bodies/SecretProgram.h"

#include <iostream>
#include <libsecret/secret.h>
#include <memory>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using Outcome = farthing::SecretProgram::Outcome;

constexpr unsigned longestLifeS = 120;

struct Unref
{
    void operator()(void *object) const { g_object_unref(object); }
    void operator()(GError *error) const { g_error_free(error); }
    void operator()(GHashTable *table) const { g_hash_table_unref(table); }
    void operator()(SecretValue *value) const { secret_value_unref(value); }
    void operator()(GList *items) const { g_list_free_full(items, g_object_unref); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

const SecretSchema &schema()
{
    static const SecretSchema known = {"org.farthing.Bodies",
                                       SECRET_SCHEMA_NONE,
                                       {{"purpose", SECRET_SCHEMA_ATTRIBUTE_STRING}, {nullptr, {}}},
                                       0,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr,
                                       nullptr};
    return known;
}

Outcome say(Outcome outcome, const std::string &text)
{
    std::cout << text << std::endl;
    return outcome;
}

/// Why a call failed; takes the error over.
std::string reason(GError *error)
{
    const Owned<GError> owned(error);
    return owned ? owned->message : "the secret service gave no reason";
}

class Keyring
{
public:
    Keyring(SecretService *service, bool mayAsk)
        : m_service(service)
        , m_mayAsk(mayAsk)
        , m_attributes(g_hash_table_new(g_str_hash, g_str_equal))
    {
        g_hash_table_insert(m_attributes.get(), const_cast<char *>("purpose"), const_cast<char *>("bodies"));
    }

    Outcome lookup()
    {
        GError *error = nullptr;
        const int flags = SECRET_SEARCH_LOAD_SECRETS | (m_mayAsk ? SECRET_SEARCH_UNLOCK : SECRET_SEARCH_NONE);
        const Owned<GList> items(secret_service_search_sync(m_service.get(), &schema(), m_attributes.get(),
                                                            static_cast<SecretSearchFlags>(flags), nullptr,
                                                            &error));
        if (error != nullptr)
            return say(Outcome::Failed, reason(error));
        if (!items)
            return Outcome::None;
        auto *const item = static_cast<SecretItem *>(items->data);
        const Owned<SecretValue> value(secret_item_get_secret(item));
        const char *const text = value ? secret_value_get_text(value.get()) : nullptr;
        if (secret_item_get_locked(item) != FALSE || text == nullptr)
            return say(Outcome::Locked, "locked");
        return say(Outcome::Found, text);
    }

    Outcome make()
    {
        if (const Outcome known = lookup(); known != Outcome::None)
            return known;
        GError *error = nullptr;
        const Owned<SecretCollection> collection(secret_collection_for_alias_sync(
            m_service.get(), SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, nullptr, &error));
        if (error != nullptr)
            return say(Outcome::Failed, reason(error));
        if (!m_mayAsk && (!collection || secret_collection_get_locked(collection.get()) != FALSE))
            return say(Outcome::Locked, "locked");
        const auto key = farthing::SecretKey::make();
        if (!key)
            return say(Outcome::Failed, key.error().message);
        const Owned<SecretValue> value(secret_value_new(key->toHex().c_str(), -1, "text/plain"));
        secret_service_store_sync(m_service.get(), &schema(), m_attributes.get(), SECRET_COLLECTION_DEFAULT,
                                  "Farthing: the key of kept requests and replies", value.get(), nullptr,
                                  &error);
        return error == nullptr ? lookup() : say(Outcome::Failed, reason(error));
    }

private:
    Owned<SecretService> m_service;
    bool m_mayAsk;
    Owned<GHashTable> m_attributes;
};

bool isTimeout(const GError *error)
{
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) != FALSE ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) != FALSE ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT) != FALSE;
}

Outcome run(std::string_view verb, bool mayAsk)
{
    GError *error = nullptr;
    SecretService *const service = secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, nullptr, &error);
    if (service == nullptr) {
        const bool hangs = isTimeout(error);
        return say(hangs ? Outcome::Failed : Outcome::NoService, reason(error));
    }
    Keyring keyring(service, mayAsk);
    return verb == "make" ? keyring.make() : keyring.lookup();
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view verb = argc > 1 ? argv[1] : "";
    const bool mayAsk = argc > 2 && std::string_view(argv[2]) == "--unlock";
    if ((verb != "lookup" && verb != "make") || argc > (mayAsk ? 3 : 2)) {
        std::cerr
            << "farthing-secret lookup|make [--unlock]: prints the key of kept bodies, for farthingd and "
               "farthingctl.\nExit codes: 0 found, 1 failed, 3 none, 4 locked, 5 no secret service\n";
        return verb == "--help" ? 0 : 2;
    }
    const rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::alarm(longestLifeS);
    return static_cast<int>(run(verb, mayAsk));
}
