// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/Endpoint.h"

#include <QTest>

using namespace farthing;

Q_DECLARE_METATYPE(farthing::Wire)
Q_DECLARE_METATYPE(farthing::EndpointKind)

class TestEndpoint : public QObject
{
    Q_OBJECT
private slots:
    void pathsAreClassified_data()
    {
        QTest::addColumn<Wire>("wire");
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("name");
        const auto row = [](Wire wire, const char *request, EndpointKind kind, const char *name,
                            const char *model = "") {
            QTest::addRow("%s %s", nameOf(wire).data(), request)
                << wire << QByteArray(request) << kind << QByteArray(model) << QByteArray(name);
        };
        using enum EndpointKind;
        row(Wire::OpenAi, "POST /v1/chat/completions", ChatCompletions, "chat");
        row(Wire::OpenAi, "POST /v1/chat/completions/", ChatCompletions, "chat");
        row(Wire::OpenAi, "POST /api/v1/chat/completions", ChatCompletions, "chat");
        row(Wire::OpenAi, "POST /openai/v1/chat/completions", ChatCompletions, "chat");
        row(Wire::OpenAi, "POST /chat/completions", ChatCompletions, "chat");
        row(Wire::OpenAi, "POST /openai/deployments/gpt-4o/chat/completions", ChatCompletions, "chat",
            "gpt-4o");
        row(Wire::OpenAi, "GET /v1/chat/completions", Other, "other");
        row(Wire::OpenAi, "GET /v1/chat/completions/chatcmpl-1", Other, "other");
        row(Wire::OpenAi, "POST /v1/completions", Completions, "text_completion");
        row(Wire::OpenAi, "POST /v1/responses", Responses, "chat");
        row(Wire::OpenAi, "POST /v1/responses/compact", Responses, "chat");
        row(Wire::OpenAi, "POST /v1/responses/resp_1/cancel", Unmetered, "unmetered");
        row(Wire::OpenAi, "GET /v1/responses/resp_1", FetchedResponse, "other");
        row(Wire::OpenAi, "GET /v1/responses/resp_1/input_items", Other, "other");
        row(Wire::OpenAi, "POST /v1/responses/input_tokens", CountTokens, "count_tokens");
        row(Wire::OpenAi, "POST /openai/deployments/dall-e-3/images/generations", Images, "images",
            "dall-e-3");
        row(Wire::OpenAi, "POST /v1/images/edits", Images, "images");
        row(Wire::OpenAi, "POST /v1/audio/speech", Audio, "audio");
        row(Wire::OpenAi, "POST /v1/audio/transcriptions", Audio, "audio");
        row(Wire::OpenAi, "POST /v1/videos", Videos, "videos");
        row(Wire::OpenAi, "POST /v1/videos/video_1/remix", Videos, "videos");
        row(Wire::OpenAi, "GET /v1/videos/video_1/content", Other, "other");
        row(Wire::OpenAi, "POST /v1/rerank", Rerank, "rerank");
        row(Wire::OpenAi, "POST /v1/ocr", Ocr, "ocr");
        row(Wire::OpenAi, "POST /v1/moderations", Other, "other");
        row(Wire::OpenAi, "POST /v1/fine_tuning/jobs", Unmetered, "unmetered");
        row(Wire::OpenAi, "POST /v1/threads/runs", Unmetered, "unmetered");
        row(Wire::OpenAi, "POST /v1/assistants", Other, "other");
        row(Wire::OpenAi, "POST /v1/conversations", Unmetered, "unmetered");
        row(Wire::OpenAi, "POST /v2/chat", Unmetered, "unmetered");
        row(Wire::OpenAi, "POST /api/generate", OllamaGenerate, "text_completion");
        row(Wire::OpenAi, "POST /api/chat", OllamaChat, "chat");
        row(Wire::OpenAi, "POST /api/embed", OllamaEmbed, "embeddings");
        row(Wire::OpenAi, "GET /api/tags", Other, "other");
        row(Wire::OpenAi, "POST /anthropic/v1/messages", Messages, "chat");
        row(Wire::OpenAi, "POST /v1/messages/count_tokens", CountTokens, "count_tokens");
        row(Wire::OpenAi, "POST /v1/threads/t/messages", Unmetered, "unmetered");
        row(Wire::OpenAi, "POST /openai/deployments/d/embeddings", OpenAiEmbeddings, "embeddings", "d");
        row(Wire::OpenAi, "POST /openai/v1/responses", Responses, "chat");
        row(Wire::OpenAi, "POST /api/show", Other, "other");
        row(Wire::OpenAi, "DELETE /v1/models/ft:m", Other, "other");
        row(Wire::OpenAi, "POST /v1/imagesque", Unmetered, "unmetered");
        row(Wire::OpenAi, "GET /openai/deployments/gpt-4o", Other, "other");
        row(Wire::OpenAi, "POST /v1/embeddings", OpenAiEmbeddings, "embeddings");
        row(Wire::OpenAi, "POST /v1/batches", Batch, "batch");
        row(Wire::OpenAi, "GET /v1/batches/batch_1", Batch, "batch");
        row(Wire::OpenAi, "POST /v1/batches/batch_1/cancel", Batch, "batch");
        row(Wire::OpenAi, "GET /v1/files/file-1/content", Batch, "batch");
        row(Wire::OpenAi, "POST /v1/files", Batch, "batch");
        row(Wire::OpenAi, "GET /v1/models", Other, "other");
        row(Wire::OpenAi, "GET /v1/profiles", Other, "other");
        row(Wire::OpenAi, "HEAD /", Other, "other");
        row(Wire::Anthropic, "POST /v1/messages", Messages, "chat");
        row(Wire::Anthropic, "POST /anthropic/v1/messages", Messages, "chat");
        row(Wire::Anthropic, "POST /v1/messages/count_tokens", CountTokens, "count_tokens");
        row(Wire::Anthropic, "POST /v1/messages/batches", Batch, "batch");
        row(Wire::Anthropic, "GET /v1/messages/batches/msgbatch_1/results", Batch, "batch");
        row(Wire::Anthropic, "GET /v1/files/file_1", Batch, "batch");
        row(Wire::Anthropic, "POST /v1/chat/completions", ChatCompletions, "chat");
        row(Wire::Anthropic, "GET /v1/models", Other, "other");
        row(Wire::Gemini, "POST /v1beta/models/gemini-2.5-pro:generateContent", GenerateContent,
            "generate_content", "gemini-2.5-pro");
        row(Wire::Gemini, "POST /v1beta/models/gemini-2.5-pro:streamGenerateContent", StreamGenerateContent,
            "generate_content", "gemini-2.5-pro");
        row(Wire::Gemini,
            "POST /v1beta1/projects/P/locations/global/publishers/google/models/g:generateContent",
            GenerateContent, "generate_content", "g");
        row(Wire::Gemini, "POST /v1beta/models/e:embedContent", EmbedContent, "embeddings", "e");
        row(Wire::Gemini, "POST /v1beta/models/e:batchEmbedContents", EmbedContent, "embeddings", "e");
        row(Wire::Gemini, "POST /v1beta/models/g:batchGenerateContent", Batch, "batch", "g");
        row(Wire::Gemini, "GET /v1beta/batches/b1", Batch, "batch");
        row(Wire::Gemini, "POST /v1beta/batches/b1:cancel", Batch, "batch");
        row(Wire::Gemini, "POST /upload/v1beta/files", Batch, "batch");
        row(Wire::Gemini, "GET /download/v1beta/files/f1:download", Batch, "batch");
        row(Wire::Gemini, "POST /v1beta/openai/chat/completions", ChatCompletions, "chat");
        row(Wire::Gemini, "POST /v1beta/openai/embeddings", OpenAiEmbeddings, "embeddings");
        row(Wire::Gemini, "GET /v1beta/models/gemini-2.5-pro", Other, "other");
        row(Wire::Gemini, "POST /v1beta/models/g:countTokens", CountTokens, "count_tokens", "g");
        row(Wire::Gemini, "POST /v1beta/models/imagen-4:predict", Unmetered, "unmetered", "imagen-4");
        row(Wire::Gemini, "POST /v1beta/models/claude-x:streamRawPredict", Unmetered, "unmetered",
            "claude-x");
        row(Wire::Gemini, "POST /v1beta/cachedContents", Unmetered, "unmetered");
        row(Wire::Anthropic, "POST /v1/complete", Unmetered, "unmetered");
        row(Wire::Gemini, "POST /v1beta/models/veo-3:predictLongRunning", Videos, "videos", "veo-3");
        const auto vertex = [&row](const char *tail, EndpointKind kind, const char *name, const char *model) {
            row(Wire::Gemini, ("POST /v1/projects/p/locations/global/" + QByteArray(tail)).constData(), kind,
                name, model);
        };
        vertex("publishers/google/models/g:generateContent", GenerateContent, "generate_content", "g");
        vertex("publishers/google/models/g:streamGenerateContent", StreamGenerateContent, "generate_content",
               "g");
        vertex("publishers/anthropic/models/claude-x@20250929:rawPredict", Messages, "chat",
               "claude-x@20250929");
        vertex("publishers/anthropic/models/claude-x:streamRawPredict", Messages, "chat", "claude-x");
        vertex("publishers/anthropic/models/count-tokens:rawPredict", CountTokens, "count_tokens", "");
        vertex("publishers/mistralai/models/mistral-large:rawPredict", ChatCompletions, "chat",
               "mistral-large");
        vertex("publishers/google/models/imagen-4:predict", Unmetered, "unmetered", "imagen-4");
        vertex("endpoints/openapi/chat/completions", ChatCompletions, "chat", "");

        row(Wire::Bedrock, "POST /model/us.amazon.nova-lite-v1%3A0/converse", Converse, "chat",
            "us.amazon.nova-lite-v1:0");
        row(Wire::Bedrock, "POST /model/anthropic.claude-x:0/converse-stream", ConverseStream, "chat",
            "anthropic.claude-x:0");
        row(Wire::Bedrock,
            "POST /model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.m/invoke", InvokeModel,
            "chat", "arn:aws:bedrock:us-east-1:1:inference-profile/us.m");
        row(Wire::Bedrock, "POST /model/arn:aws:bedrock:us-east-1:1:inference-profile/us.m/converse",
            Converse, "chat", "arn:aws:bedrock:us-east-1:1:inference-profile/us.m");
        row(Wire::Bedrock, "POST /model/m/invoke-with-response-stream", InvokeModelStream, "chat", "m");
        row(Wire::Bedrock, "POST /model/amazon.titan-embed-text-v2%3A0/invoke", InvokeModel, "embeddings",
            "amazon.titan-embed-text-v2:0");
        row(Wire::Bedrock, "POST /model/amazon.nova-canvas-v1%3A0/invoke", Images, "images",
            "amazon.nova-canvas-v1:0");
        row(Wire::Bedrock, "POST /model/cohere.rerank-v3-5%3A0/invoke", Rerank, "rerank",
            "cohere.rerank-v3-5:0");
        row(Wire::Bedrock, "POST /model/m/count-tokens", CountTokens, "count_tokens", "m");
        row(Wire::Bedrock, "POST /async-invoke", Videos, "videos");
        row(Wire::Bedrock, "POST /guardrail/g/version/1/apply", Unmetered, "unmetered");
        row(Wire::Bedrock, "GET /foundation-models", Other, "other");
        row(Wire::Bedrock, "POST /model-invocation-job", Batch, "batch");
        row(Wire::Bedrock, "POST /model/", Unmetered, "unmetered");
        row(Wire::Bedrock, "POST /openai/v1/chat/completions", ChatCompletions, "chat");
        row(Wire::Bedrock, "POST /anthropic/v1/messages", Messages, "chat");

        row(Wire::Cohere, "POST /v1/chat", CohereChat, "chat");
        row(Wire::Cohere, "POST /v2/chat", CohereChat, "chat");
        row(Wire::Cohere, "POST /v2/embed", CohereEmbed, "embeddings");
        row(Wire::Cohere, "POST /v2/rerank", CohereRerank, "rerank");
        row(Wire::Cohere, "POST /v1/tokenize", Other, "other");
        row(Wire::Cohere, "POST /v1/embed-jobs", Unmetered, "unmetered");
        row(Wire::Cohere, "GET /v1/models", Other, "other");
        row(Wire::Cohere, "POST /compatibility/v1/chat/completions", ChatCompletions, "chat");
        row(Wire::Gemini, "POST /v1beta/tunedModels/t:transferOwnership", Unmetered, "unmetered");
    }
    void pathsAreClassified()
    {
        QFETCH(Wire, wire);
        QFETCH(QByteArray, request);
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, name);
        const QList<QByteArray> parts = request.split(' ');
        const Endpoint endpoint = classifyEndpoint(wire, parts[0].toStdString(), parts[1].toStdString());
        QVERIFY(endpoint.kind == kind);
        QCOMPARE(QByteArray::fromStdString(endpoint.model), model);
        QCOMPARE(QByteArray::fromStdString(std::string(endpoint.name())), name);
    }

    void compatiblePathsSpeakOpenAi()
    {
        QVERIFY(classifyEndpoint(Wire::Gemini, "POST", "/v1beta/openai/chat/completions").wire ==
                Wire::OpenAi);
        QVERIFY(classifyEndpoint(Wire::Anthropic, "POST", "/v1/chat/completions").wire == Wire::OpenAi);
        QVERIFY(classifyEndpoint(Wire::Cohere, "POST", "/compatibility/v1/chat/completions").wire ==
                Wire::OpenAi);
        QVERIFY(classifyEndpoint(Wire::OpenAi, "POST", "/v1/messages").wire == Wire::Anthropic);
        QVERIFY(classifyEndpoint(Wire::Gemini, "POST", "/v1/publishers/anthropic/models/m:rawPredict").wire ==
                Wire::Anthropic);
    }

    void wiresHaveNames()
    {
        for (const Wire wire : {Wire::OpenAi, Wire::Anthropic, Wire::Gemini, Wire::Bedrock, Wire::Cohere})
            QVERIFY(wireOf(nameOf(wire)) == wire);
        QVERIFY(!wireOf("OpenAI"));
        QVERIFY(!wireOf(""));
    }

    void onlyTokensAreMetered()
    {
        QVERIFY(classifyEndpoint(Wire::OpenAi, "POST", "/v1/embeddings").metered());
        QVERIFY(!classifyEndpoint(Wire::Anthropic, "POST", "/v1/messages/count_tokens").metered());
        QVERIFY(!classifyEndpoint(Wire::OpenAi, "POST", "/v1/batches").metered());
        QVERIFY(!classifyEndpoint(Wire::OpenAi, "GET", "/v1/models").metered());
    }
};

QTEST_GUILESS_MAIN(TestEndpoint)
#include "tst_endpoint.moc"
