// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/CostCalculator.h"
#include "tests/core/pricing/PriceFixture.h"
#include "tests/integration/prices/Differences.h"
#include "tests/integration/prices/WireCalls.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QtTest>

#include <cmath>
#include <map>

using namespace farthing;

namespace {

constexpr const char *package = "@pydantic/genai-prices@0.1.8";

/// Off-peak at every provider that charges by the hour, and after the last dated change in both tables.
constexpr const char *pricedAt = "2026-11-23T12:00:00Z";

QString packageFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation) +
           "/farthing-tests/genai-prices-0.1.8";
}

bool run(const QString &program, const QStringList &arguments, const QByteArray &input, QByteArray &output)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForStarted())
        return false;
    process.write(input);
    process.closeWriteChannel();
    const bool ended = process.waitForFinished(110'000);
    output = process.readAllStandardOutput();
    return ended && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
}

bool installPackage()
{
    QByteArray ignored;
    return QFile::exists(packageFolder() + "/node_modules/@pydantic/genai-prices/package.json") ||
           run("npm",
               {"install", "--silent", "--no-audit", "--no-fund", "--prefix", packageFolder(), package}, {},
               ignored);
}

QString packageProvider(const std::string &provider)
{
    static const std::map<std::string, QString> names{
        {"gemini", "google"}, {"vertex", "google"}, {"voyage", "voyageai"}};
    const auto it = names.find(provider);
    return it == names.end() ? QString::fromStdString(provider) : it->second;
}

std::string answered(const CostEvent &event)
{
    return event.responseModel.empty() ? event.requestModel : event.responseModel;
}

QJsonObject share(const CostEvent &event, const std::string &model, const TokenUsage &usage)
{
    const auto number = [](std::int64_t n) { return QJsonValue(static_cast<qint64>(n)); };
    return {{"provider", packageProvider(event.provider)},
            {"model", QString::fromStdString(model)},
            {"usage", QJsonObject{{"input_tokens", number(usage.input)},
                                  {"cache_read_tokens", number(usage.cachedInput)},
                                  {"cache_write_tokens", number(usage.cacheWrite5m + usage.cacheWrite1h)},
                                  {"cache_write_1h_tokens", number(usage.cacheWrite1h)},
                                  {"input_audio_tokens", number(usage.inputAudio)},
                                  {"output_tokens", number(usage.output)},
                                  {"output_reasoning_tokens", number(usage.reasoning)},
                                  {"output_audio_tokens", number(usage.outputAudio)},
                                  {"web_searches", number(usage.serverToolCalls)}}}};
}

QByteArray asCalls(const std::vector<WireCall> &calls)
{
    QJsonArray all;
    for (const WireCall &call : calls) {
        QJsonArray shares;
        for (const UsagePart &part : call.event.parts)
            shares.append(
                share(call.event, part.model.empty() ? answered(call.event) : part.model, part.usage));
        if (shares.isEmpty())
            shares.append(share(call.event, answered(call.event), call.event.usage));
        all.append(QJsonObject{{"id", call.id}, {"time", pricedAt}, {"shares", shares}});
    }
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

/// The package's sum is a double: it stands for this amount if it lies within half a nano-dollar of it, and a
/// hair for its own rounding errors, which are below 1e-4 nano-dollars for any amount here.
bool agrees(double usd, Money cost)
{
    return std::abs(usd * 1e9 - static_cast<double>(cost.nanoUsd())) <= 0.5 + 1e-4;
}

} // namespace

class TestPriceAgreement : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void handDerivedFiguresHold();
    void everyOtherCostEqualsThePackages();

private:
    std::vector<WireCall> m_calls;
};

void TestPriceAgreement::initTestCase()
{
    m_calls = readWireCalls();
    if (m_calls.empty())
        QSKIP("no recorded replies: set FARTHING_SHARED_DATA");
    const auto book = builtInPriceBook();
    for (WireCall &call : m_calls) {
        call.event.time = at(pricedAt);
        priceEvent(call.event, *book);
    }
}

void TestPriceAgreement::handDerivedFiguresHold()
{
    std::map<std::string, int> checked;
    for (const WireCall &call : m_calls) {
        const Difference *const difference = differenceFor(call.event);
        if (difference == nullptr || !difference->prices)
            continue;
        QVERIFY2(call.event.priced, qPrintable(call.id));
        const qint64 expected = byHand(*difference->prices, call.event.usage);
        QVERIFY2(call.event.cost->nanoUsd() == expected,
                 qPrintable(QString("%1 %2: %3 nano-USD, by hand %4")
                                .arg(call.id, QString::fromStdString(answered(call.event)))
                                .arg(call.event.cost->nanoUsd())
                                .arg(expected)));
        ++checked[difference->reason];
    }
    QVERIFY(!checked.empty());
    for (const auto &[reason, events] : checked)
        qInfo("%3d by hand: %s", events, reason.c_str());
}

void TestPriceAgreement::everyOtherCostEqualsThePackages()
{
    if (QStandardPaths::findExecutable("node").isEmpty() || QStandardPaths::findExecutable("npm").isEmpty())
        QSKIP("node and npm are not installed");
    if (!installPackage())
        QSKIP("npm cannot install @pydantic/genai-prices here");
    QByteArray output;
    QVERIFY(run("node", {FARTHING_SOURCE_DIR "/tests/integration/prices/genai_prices.mjs", packageFolder()},
                asCalls(m_calls), output));
    std::map<QString, QJsonObject> prices;
    for (const QJsonValue &price : QJsonDocument::fromJson(output).array())
        prices[price["id"].toString()] = price.toObject();
    QCOMPARE(prices.size(), m_calls.size());

    int equal = 0;
    std::map<std::string, int> explained;
    std::map<std::string, int> unpriced;
    QStringList unexplained;
    for (const WireCall &call : m_calls) {
        const QJsonObject &price = prices[call.id];
        const Difference *const difference = differenceFor(call.event);
        const std::string name = call.event.provider + " " + answered(call.event);
        if (!call.event.priced && difference == nullptr && !price.contains("usd")) {
            ++unpriced[name];
        } else if (call.event.priced && price.contains("usd") &&
                   agrees(price["usd"].toDouble(), *call.event.cost)) {
            ++equal;
        } else if (difference != nullptr) {
            ++explained[difference->reason];
        } else {
            unexplained << QString("%1 %2: %3 nano-USD, the package %4")
                               .arg(call.id, QString::fromStdString(name))
                               .arg(call.event.cost ? call.event.cost->nanoUsd() : -1)
                               .arg(price.contains("usd")
                                        ? QString::number(price["usd"].toDouble() * 1e9, 'f', 3)
                                        : price["missing"].toString());
        }
    }
    qInfo("%zu calls: %d equal to the nano-dollar", m_calls.size(), equal);
    for (const auto &[reason, events] : explained)
        qInfo("%3d differ: %s", events, reason.c_str());
    for (const auto &[model, events] : unpriced)
        qInfo("%3d unpriced by both: %s", events, model.c_str());
    for (const QString &line : unexplained)
        qWarning("unexplained: %s", qPrintable(line));
    QVERIFY(unexplained.isEmpty());
    QVERIFY(equal > 200);
}

QTEST_GUILESS_MAIN(TestPriceAgreement)
#include "tst_price_agreement.moc"
