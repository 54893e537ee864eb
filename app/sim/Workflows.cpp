// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Workflows.h"

#include <array>

namespace farthing::sim {

namespace {

// Spreads follow from the percentiles of public traces: sigma = ln(p90 / p50) / 1.2816. Conversations: input
// 1,020 / 2,735, output 129 / 424. Code: input 1,469 / 5,194, output 13 / 55. Long documents: input 6,909 /
// 27,367, output 350 / 597.
constexpr TokenSpread kConversationInput{1020, 0.77};
constexpr TokenSpread kConversationOutput{129, 0.93};
constexpr TokenSpread kCodeInput{1469, 0.99};
constexpr TokenSpread kCodeOutput{13, 1.13};
constexpr TokenSpread kDocumentInput{6909, 1.07};
constexpr TokenSpread kDocumentOutput{350, 0.42};

constexpr std::array kWorkflows{
    Workflow{"support-chat",
             "answer,follow-up,handover",
             CallStyle::Messages,
             "claude-sonnet-4-5",
             22,
             0.9,
             {2400, 0.5},
             kConversationOutput,
             1600,
             false,
             0,
             TagStyle::Headers,
             7,
             21},
    Workflow{"code-assist", "complete,explain,review", CallStyle::Messages, "claude-haiku-4-5", 12, 0.6,
             kCodeInput, kCodeOutput, 900, false, 0, TagStyle::Headers, 7, 19},
    Workflow{"ticket-triage",
             "classify,priority",
             CallStyle::Chat,
             "gpt-4o-mini",
             20,
             0,
             {420, 0.4},
             {13, 0.4},
             260,
             false,
             35,
             TagStyle::Headers,
             6,
             20},
    Workflow{"document-qa", "contracts,handbook", CallStyle::Chat, "gpt-4o", 7, 0.8, kDocumentInput,
             kDocumentOutput, 1800, false, 0, TagStyle::Headers, 8, 18},
    Workflow{"research-agent",
             "plan,search,write",
             CallStyle::Responses,
             "gpt-5",
             6,
             0.5,
             {5200, 0.6},
             {420, 0.5},
             3000,
             true,
             0,
             TagStyle::Helicone,
             8,
             19},
    Workflow{"call-summaries",
             "sales,support",
             CallStyle::Content,
             "gemini-2.5-flash",
             9,
             0,
             {3100, 0.6},
             {260, 0.4},
             600,
             false,
             0,
             TagStyle::Headers,
             17,
             23},
    Workflow{"invoice-extraction",
             "read,check",
             CallStyle::Responses,
             "gpt-4.1-mini",
             7,
             0,
             {1700, 0.4},
             {180, 0.3},
             1200,
             false,
             8,
             TagStyle::Path,
             1,
             5},
    Workflow{"search-index",
             "products,help",
             CallStyle::Embeddings,
             "text-embedding-3-small",
             8,
             0,
             {240, 0.5},
             {1, 0},
             0,
             false,
             5,
             TagStyle::Headers,
             0,
             23},
    Workflow{"translation",
             "catalogue,mail",
             CallStyle::Content,
             "gemini-2.5-flash-lite",
             6,
             0.7,
             kConversationInput,
             {240, 0.6},
             200,
             false,
             10,
             TagStyle::Headers,
             6,
             18},
    Workflow{"untagged-script", "", CallStyle::Chat, "gpt-4.1", 3, 0.3, kConversationInput,
             kConversationOutput, 0, false, 0, TagStyle::None, 9, 17},
};

} // namespace

std::span<const Workflow> sampleWorkflows()
{
    return kWorkflows;
}

} // namespace farthing::sim
