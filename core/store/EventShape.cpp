// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventShape.h"

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"

namespace farthing {

namespace {

/// One description of the order for both directions.
template <class Archive, class Shape>
void fields(Archive &a, Shape &s)
{
    for (std::size_t i = 0; i < textColumnCount; ++i)
        if (EventShape::holds(static_cast<TextColumn>(i)))
            a.integer(s.texts[i]);
    a.integer(s.attempt);
    a.integer(s.status);
    a.integer(s.ruleVersion);
    a.enumeration(s.tier, Tier::Batch);
    a.enumeration(s.cache, CacheKind::Coalesced);
    a.enumeration(s.usageSource, UsageSource::Provider);
    a.flag(s.stream);
    a.flag(s.batch);
    a.flag(s.priced);
}

/// The members that a shape and an event call the same.
template <class From, class To>
void copyFields(const From &from, To &to)
{
    to.attempt = from.attempt;
    to.status = from.status;
    to.ruleVersion = from.ruleVersion;
    to.tier = from.tier;
    to.cache = from.cache;
    to.usageSource = from.usageSource;
    to.stream = from.stream;
    to.batch = from.batch;
    to.priced = from.priced;
}

} // namespace

EventShape EventShape::of(const CostEvent &event)
{
    EventShape shape;
    copyFields(event, shape);
    return shape;
}

void EventShape::putInto(EventRow &row) const
{
    for (std::size_t i = 0; i < textColumnCount; ++i)
        if (holds(static_cast<TextColumn>(i)))
            row.texts[i] = texts[i];
    copyFields(*this, row.event);
}

void EventShape::encode(std::string &out) const
{
    ByteWriter writer(out);
    fields(writer, *this);
}

bool EventShape::decode(std::string_view body, EventShape &shape)
{
    ByteReader reader(body);
    fields(reader, shape);
    return reader.ok() && reader.atEnd();
}

} // namespace farthing
