// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Finding.h"

#include "core/bodies/BodyKeys.h"
#include "core/config/DataDir.h"

namespace farthing {

namespace {

Finding failed(const Error &error)
{
    return {"bodies", Verdict::Failed, error.toString()};
}

/// Whether who has the data directory has the key as well.
bool liesInside(const std::filesystem::path &key, const DataDir &dir)
{
    return !key.empty() && dir.folder() && key.parent_path() == dir.folder()->lexically_normal();
}

} // namespace

Finding bodiesFinding(const DataDir &dir, const BodyOptions &options)
{
    const std::string wanted =
        options.workflows.empty()
            ? "no workflow's are to be kept"
            : "those of " + std::to_string(options.workflows.size()) + " workflows are to be kept";
    std::error_code unknown;
    if (!std::filesystem::exists(dir.bodies(), unknown))
        return {"bodies", Verdict::Ok, "none are kept, " + wanted};
    auto store = BodyStore::open(dir.bodies(), Database::Access::ReadOnly);
    if (!store)
        return failed(store.error());
    const auto usage = store->usage();
    const auto identity = store->identity();
    if (!usage || !identity)
        return failed(!usage ? usage.error() : identity.error());
    std::string text =
        withThousands(usage->bodies) + " are kept, " + withThousands(usage->bytes / 1000) + " kB, " + wanted;
    if (!*identity)
        return {"bodies", Verdict::Ok, text};
    const auto keyFile = DataDir::bodiesKey();
    text += "; their key lies in " + BodyKeys({keyFile, {}}).nameOf((*identity)->keyPlace);
    if (keyPlaceOf((*identity)->keyPlace) == KeyPlace::File && liesInside(keyFile, dir))
        return {"bodies", Verdict::Warning, text + ", which is in the data directory: it protects nothing"};
    return {"bodies", Verdict::Ok, text};
}

} // namespace farthing
