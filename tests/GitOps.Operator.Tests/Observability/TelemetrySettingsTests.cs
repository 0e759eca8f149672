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
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "'http/json' is not sent here, grpc is")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=zip", "'zip' is not sent here, grpc is")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=otel:4317/x y", "'otel:4317/x y' is no address")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector:4317", "'collector:4317' is no address")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://me:word@collector:4317", "put it into OTEL_EXPORTER_OTLP_HEADERS")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=no pair", "it is no list of headers")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS=Content-Type=text", "it is no list of headers")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT=10s", "'10s' is no whole number above 0")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION=zstd", "'zstd' is not there")]
    [InlineData("OTEL_TRACES_EXPORTER=zipkin", "'zipkin' is not there, it is as if it were not set: set it to otlp or none")]
    [InlineData("OTEL_SDK_DISABLED=yes", "set it to true or false")]
    [InlineData("OTEL_PROPAGATORS=b3, tracecontext", "'b3' is not sent")]
    [InlineData("OTEL_TRACES_SAMPLER=jaeger_remote", "'jaeger_remote' is not there")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG=10%", "write a number from 0 to 1")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=team=a,b", "a part of it is no key=value")]
    [InlineData("OTEL_METRICS_EXEMPLAR_FILTER=some", "'some' is not there")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL=1m", "'1m' is no whole number above 0")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=both", "set it to cumulative, delta or lowmemory")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=base2_exponential_bucket_histogram", "each histogram has buckets of its own")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE=-1", "'-1' is no whole number above 0")]
    [InlineData("OTEL_BSP_MAX_EXPORT_BATCH_SIZE=100000", "set OTEL_BSP_MAX_QUEUE_SIZE to no less")]
    [InlineData("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=few", "'few' is no whole number")]
    [InlineData("OTEL_LOG_LEVEL=debug", "there is --log-level")]
    [InlineData("OTEL_CONFIG_FILE=/etc/otel.yaml", "such files are not read here")]
    [InlineData("OTEL_EXPORTER_PROMETHEUS_PORT=9464", "where --listen says")]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE=/no/such/file.pem", "metrics are not sent")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY=tape", "is not there")]
    [InlineData("OTEL_EXPORTER_OLTP_ENDPOINT=http://otel:4317", "no such variable is known here")]
    public void What_cannot_be_honoured_is_said(string variable, string problem)
    {
        var problems = Settings("OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", variable).Problems;

        problems.ShouldContain(line => line.StartsWith(variable.Split('=')[0], StringComparison.Ordinal) && line.Contains(problem, StringComparison.Ordinal), string.Join('\n', problems));
        problems.ShouldAllBe(static line => !line.Contains("me:word", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("OTEL_PROPAGATORS=tracecontext,baggage")]
    [InlineData("OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.1")]
    [InlineData("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=64", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=0", "OTEL_EXPORTER_OTLP_INSECURE=true")]
    [InlineData("OTEL_METRICS_EXPORTER=prometheus", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_BSP_MAX_QUEUE_SIZE=100")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=a=1,a=2,b=x%20y", "OTEL_RESOURCE_ATTRIBUTES_POD_NAME=gitops-0", "OTEL_POD_IP=10.0.0.1")]
    [InlineData("OTEL_COLLECTOR_SERVICE_HOST=10.0.0.1", "OTEL_COLLECTOR_PORT_4317_TCP_ADDR=10.0.0.1", "OTEL_COLLECTOR_PORT=tcp://10.0.0.1:4317")]
    [InlineData("OTEL_SDK_DISABLED=true", "OTEL_TRACES_EXPORTER=zipkin")]
    public void What_is_honoured_or_not_meant_for_anybody_is_not_spoken_of(params string[] variables) =>
        Settings([.. variables, "OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317"]).Problems.ShouldBeEmpty();

    [Fact]
    public void An_exporter_that_is_asked_for_without_an_address_is_refused() =>
        Settings("OTEL_TRACES_EXPORTER=otlp").Problems.ShouldHaveSingleItem().ShouldStartWith("OTEL_TRACES_EXPORTER: otlp is asked for and no endpoint is");

    [Fact]
    public void Files_that_cannot_be_used_keep_the_signal_they_are_for_from_being_sent()
    {
        var settings = Settings("OTEL_EXPORTER_OTLP_ENDPOINT=https://otel:4317", "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE=/no/such/file.pem");

        (settings.SendsMetrics, settings.SendsTraces, settings.SendsLogs).ShouldBe((true, true, false));
        settings.Problems.ShouldHaveSingleItem().ShouldContain("logs are not sent");
        settings.Summary.ShouldBe("metrics to https://otel:4317 (grpc), traces to https://otel:4317 (grpc)");
    }

    [Fact]
    public void What_the_variables_say_of_amounts_and_choices_is_taken()
    {
        var settings = Settings(
            "OTEL_BSP_MAX_QUEUE_SIZE=100", "OTEL_BSP_EXPORT_TIMEOUT=7", "OTEL_PROPAGATORS=none", "OTEL_METRICS_EXEMPLAR_FILTER=always_off",
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://otel:4317", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=gzip");

        settings.BatchOf("BSP", BatchSettings.Spans).ShouldBe(new BatchSettings(100, 5000, 7, 100));
        settings.SendsTraceParent.ShouldBeFalse();
        Settings("OTEL_PROPAGATORS=baggage,tracecontext").SendsTraceParent.ShouldBeTrue();
        settings.Exemplars.ShouldBe(OpenTelemetry.Metrics.ExemplarFilterType.AlwaysOff);
        settings.Exporter("TRACES").Compression.ShouldBe(OtlpExportCompression.GZip);
        settings.Exporter("LOGS").Compression.ShouldBe(OtlpExportCompression.None);
    }

    private static TelemetrySettings Settings(params string[] variables) => new(variables.Where(static text => text.Length > 0)
        .Select(static text => text.Split('=', 2)).Select(static pair => new KeyValuePair<string, string?>(pair[0], pair[1])));
}
