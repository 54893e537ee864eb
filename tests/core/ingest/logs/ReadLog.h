// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/ClaudeCodeLog.h"
#include "core/ingest/logs/FileLines.h"

#include "core/model/EventFields.h"

#include <QByteArray>

namespace farthing {

/// A line of a transcript: an answer of `output` tokens at 10:00:`second`; ' stands for ".
inline QByteArray answer(const QByteArray &id, const QByteArray &request, int output, int second = 0,
                         const QByteArray &more = {})
{
    const QByteArray at = QByteArray::number(second).rightJustified(2, '0');
    return "{'type':'assistant','timestamp':'2026-11-20T10:00:" + at +
           ".250Z','sessionId':'s1','version':'2.0.1','cwd':'/home/me/app','uuid':'u" + at +
           "','requestId':'" + request + "'" + more + ",'message':{'id':'" + id +
           "','type':'message','role':'assistant','model':'claude-sonnet-4-5','content':[{'type':'text',"
           "'text':'Hi'}],'usage':{'input_tokens':10,'cache_read_input_tokens':20,"
           "'cache_creation_input_tokens':30,'output_tokens':" +
           QByteArray::number(output) + "}}}";
}

/// Takes one line, from memory of its own that ends behind the padding.
inline Result<void> takeLine(ClaudeCodeLog &log, QByteArray line)
{
    line.replace('\'', '"');
    const std::string own = line.toStdString() + std::string(FileLines::padding, '\0');
    return log.take(std::string_view(own).substr(0, own.size() - FileLines::padding));
}

} // namespace farthing
