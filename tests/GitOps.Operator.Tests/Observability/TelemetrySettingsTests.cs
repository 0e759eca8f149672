using GitOps.Operator.Observability;
using OpenTelemetry.Exporter;

namespace GitOps.Operator.Tests.Observability;

public sealed class TelemetrySettingsTests
{
    [Theory]
    [InlineData("", "", "off", "off", "off")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "", "http://otel:4317/", "http://otel:4317/", "http://otel:4317/")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4318/in/", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "http://otel:4318/in/v1/metrics", "http://otel:4318/in/v1/traces", "http://otel:4318/in/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "OTEL_SDK_DISABLED=true", "off", "off", "off")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "OTEL_METRICS_EXPORTER=none", "off", "http://otel:4317/", "http://otel:4317/")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://otel:4318/t", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf", "off", "http://otel:4318/t", "off")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=not an address", "", "off", "off", "off")]
    public void It_is_sent_where_the_variables_say(string first, string second, string metrics, string traces, string logs)
    {
        var settings = Settings(first, second);

        (settings.SendsMetrics ? settings.Exporter("METRICS").Endpoint.AbsoluteUri : "off").ShouldBe(metrics);
        (settings.SendsTraces ? settings.Exporter("TRACES").Endpoint.AbsoluteUri : "off").ShouldBe(traces);
        (settings.SendsLogs ? settings.Exporter("LOGS").Endpoint.AbsoluteUri : "off").ShouldBe(logs);
    }

    [Fact]
    public void Protocol_headers_and_time_are_the_signal_s_own_or_those_of_all()
    {
        var settings = Settings(
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "OTEL_EXPORTER_OTLP_HEADERS=a=1", "OTEL_EXPORTER_OTLP_LOGS_HEADERS=b=2",
            "OTEL_EXPORTER_OTLP_TIMEOUT=500", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf");

        settings.Exporter("TRACES").Headers.ShouldBe("a=1");
        settings.Exporter("LOGS").Headers.ShouldBe("b=2");
        settings.Exporter("TRACES").TimeoutMilliseconds.ShouldBe(500);
        settings.Exporter("TRACES").Protocol.ShouldBe(OtlpExportProtocol.Grpc);
        settings.Exporter("LOGS").Protocol.ShouldBe(OtlpExportProtocol.HttpProtobuf);
        settings.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json'")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "OTEL_TRACES_EXPORTER=zipkin", "OTEL_TRACES_EXPORTER: 'zipkin'")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=otel:4317/x y", "OTEL_LOGS_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT: 'otel:4317/x y'")]
    public void What_cannot_be_honoured_is_said(string first, string second, string problem) =>
        Settings(first, second).Problems.ShouldHaveSingleItem().ShouldStartWith(problem);

    private static TelemetrySettings Settings(params string[] variables) => new(variables.Where(static text => text.Length > 0)
        .Select(static text => text.Split('=', 2)).Select(static pair => new KeyValuePair<string, string?>(pair[0], pair[1])));
}
