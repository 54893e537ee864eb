// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventRow.h"

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/Wrapping.h"

#include <algorithm>
#include <cstring>

namespace farthing {

namespace {

/// The most frequent ones first: the bits say which of these follow, and fewer bits take fewer bytes.
enum Field : std::uint32_t {
    user = 1U << 0,
    session = 1U << 1,
    cachedInput = 1U << 2,
    cost = 1U << 3,
    listCost = 1U << 4,
    firstByte = 1U << 5,
    savedPromptCache = 1U << 6,
    reasoning = 1U << 7,
    savedTiering = 1U << 8,
    cacheWrite5m = 1U << 9,
    cacheWrite1h = 1U << 10,
    savedBatching = 1U << 11,
    savedResponseCache = 1U << 12,
    error = 1U << 13,
    otherCall = 1U << 14,
    listCostApart = 1U << 15, ///< it is not cost plus savings
    inputAudio = 1U << 16,
    outputAudio = 1U << 17,
    serverToolCalls = 1U << 18,
    moved = 1U << 19,
};

struct Count
{
    Field field;
    std::int64_t TokenUsage::*count;
};
constexpr Count counts[] = {
    {cachedInput, &TokenUsage::cachedInput},         {reasoning, &TokenUsage::reasoning},
    {cacheWrite5m, &TokenUsage::cacheWrite5m},       {cacheWrite1h, &TokenUsage::cacheWrite1h},
    {inputAudio, &TokenUsage::inputAudio},           {outputAudio, &TokenUsage::outputAudio},
    {serverToolCalls, &TokenUsage::serverToolCalls},
};

struct Saving
{
    Field field;
    Money Savings::*amount;
};
constexpr Saving savings[] = {
    {savedPromptCache, &Savings::promptCache},
    {savedTiering, &Savings::tiering},
    {savedBatching, &Savings::batching},
    {savedResponseCache, &Savings::responseCache},
};

struct Text
{
    Field field;
    TextColumn column;
};
constexpr Text texts[] = {
    {user, TextColumn::User}, {session, TextColumn::Session}, {error, TextColumn::Error}};

/// Cost plus savings, which list cost is wherever Farthing computed it.
std::int64_t costAndSavings(const CostEvent &e)
{
    std::int64_t sum = e.cost.value_or(Money()).nanoUsd();
    for (const Saving &saving : savings)
        sum = wrappingSum(sum, (e.savings.*saving.amount).nanoUsd());
    return sum;
}

std::uint32_t fieldsOf(const CostEvent &e, const RowNumbers &numbers)
{
    std::uint32_t fields = 0;
    const auto note = [&fields](Field field, bool there) { fields |= there ? field : 0U; };
    for (const Text &text : texts)
        note(text.field, numbers.texts[static_cast<std::size_t>(text.column)] != 0);
    for (const Count &count : counts)
        note(count.field, e.usage.*count.count != 0);
    for (const Saving &saving : savings)
        note(saving.field, (e.savings.*saving.amount).nanoUsd() != 0);
    note(cost, e.cost.has_value());
    note(listCost, e.listCost.has_value());
    note(listCostApart, e.listCost && e.listCost->nanoUsd() != costAndSavings(e));
    note(firstByte, e.ttftUs != -1);
    note(otherCall, e.callId != e.eventId);
    note(moved, numbers.moved != Micros::zero());
    return fields;
}

/// One description of the order for both directions.
template <class Archive, class Event, class Numbers>
void fields(Archive &a, Event &e, Numbers &numbers, std::uint32_t there)
{
    for (const Text &text : texts)
        if ((there & text.field) != 0)
            a.count(numbers.texts[static_cast<std::size_t>(text.column)]);
    a.count(e.usage.input);
    a.count(e.usage.output);
    for (const Count &count : counts)
        if ((there & count.field) != 0)
            a.count(e.usage.*count.count);
    a.count(e.overheadUs);
    if ((there & firstByte) != 0)
        a.count(e.ttftUs);
    if ((there & otherCall) != 0)
        a.uuid(e.callId);
}

template <class Event>
auto &pickText(Event &e, TextColumn column)
{
    switch (column) {
    case TextColumn::Provider:
        return e.provider;
    case TextColumn::Endpoint:
        return e.endpoint;
    case TextColumn::Workflow:
        return e.workflow;
    case TextColumn::Feature:
        return e.feature;
    case TextColumn::User:
        return e.user;
    case TextColumn::Session:
        return e.session;
    case TextColumn::RequestModel:
        return e.requestModel;
    case TextColumn::SentModel:
        return e.sentModel;
    case TextColumn::ResponseModel:
        return e.responseModel;
    case TextColumn::Error:
        return e.error;
    case TextColumn::Client:
        return e.client;
    case TextColumn::ServiceTier:
        return e.serviceTier;
    case TextColumn::ListModel:
        return e.listModel;
    case TextColumn::PriceVersion:
        return e.priceVersion;
    case TextColumn::Instance:
        break;
    }
    return e.instance;
}

} // namespace

std::string &textOf(CostEvent &event, TextColumn column)
{
    return pickText(event, column);
}
const std::string &textOf(const CostEvent &event, TextColumn column)
{
    return pickText(event, column);
}

std::int64_t lowBits(const Uuid &id)
{
    std::int64_t low = 0;
    std::memcpy(&low, id.bytes.data() + 8, sizeof low);
    return low;
}

Uuid eventIdOf(Timestamp time, std::int64_t lowBits)
{
    Uuid id = makeDerivedUuidV7(time, {});
    std::memcpy(id.bytes.data() + 8, &lowBits, sizeof lowBits);
    return id;
}

void encodeRow(const CostEvent &e, const RowNumbers &numbers, std::string &out)
{
    const std::uint32_t there = fieldsOf(e, numbers);
    ByteWriter writer(out);
    writer.fixed(static_cast<std::uint64_t>(numbers.idLow));
    writer.unsignedInt(static_cast<std::uint64_t>(numbers.shape));
    writer.unsignedInt(there);
    fields(writer, e, numbers, there);
    writer.integer(wrappingDifference(e.latencyUs,
                                      e.ttftUs)); // a reply that is no stream ends soon after its first byte
    if (e.cost)
        writer.integer(e.cost->nanoUsd());
    for (const Saving &saving : savings)
        if ((there & saving.field) != 0)
            writer.integer((e.savings.*saving.amount).nanoUsd());
    if ((there & listCostApart) != 0)
        writer.integer(wrappingDifference(e.listCost->nanoUsd(), costAndSavings(e)));
    if ((there & moved) != 0)
        writer.integer(numbers.moved.count());
}

std::int64_t idLowOfRow(std::string_view bytes)
{
    return static_cast<std::int64_t>(ByteReader(bytes).fixed());
}

std::int64_t shapeOfRow(std::string_view bytes)
{
    ByteReader reader(bytes.substr(std::min(bytes.size(), sizeof(std::int64_t))));
    const auto shape = static_cast<std::int64_t>(reader.unsignedInt());
    return reader.ok() ? shape : -1;
}

bool decodeRow(std::string_view bytes, EventRow &row)
{
    CostEvent &e = row.event;
    ByteReader reader(bytes);
    row.idLow = static_cast<std::int64_t>(reader.fixed());
    row.shape = static_cast<std::int64_t>(reader.unsignedInt());
    const std::uint64_t mask = reader.unsignedInt();
    const auto there = static_cast<std::uint32_t>(mask);
    for (const Text &text : texts)
        row.texts[static_cast<std::size_t>(text.column)] = 0;
    e.usage = {};
    e.savings = {};
    e.ttftUs = -1;
    row.startsCall = (there & otherCall) == 0;
    RowNumbers &numbers = row;
    fields(reader, e, numbers, there);
    e.latencyUs = wrappingSum(reader.integer(), e.ttftUs);
    e.cost.reset();
    e.listCost.reset();
    if ((there & cost) != 0)
        e.cost = Money::fromNanoUsd(reader.integer());
    for (const Saving &saving : savings)
        if ((there & saving.field) != 0)
            e.savings.*saving.amount = Money::fromNanoUsd(reader.integer());
    const std::int64_t apart = (there & listCostApart) != 0 ? reader.integer() : 0;
    if ((there & listCost) != 0)
        e.listCost = Money::fromNanoUsd(wrappingSum(costAndSavings(e), apart));
    row.moved = Micros((there & moved) != 0 ? reader.integer() : 0);
    return reader.ok() && reader.atEnd() && mask < (std::uint64_t(1) << 20) && row.moved >= Micros::zero() &&
           row.moved <= mostMoved;
}

} // namespace farthing
