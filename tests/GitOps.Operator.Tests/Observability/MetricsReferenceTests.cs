using System.Runtime.CompilerServices;
using GitOps.Operator.Observability;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observability;

public sealed class MetricsReferenceTests : IDisposable
{
    private readonly OperatorMetrics _full = new(new ManualTimeProvider());
    private readonly OperatorMetrics _fresh = new(new ManualTimeProvider());

    public MetricsReferenceTests() => FullMetrics.Fill(_full);

    public void Dispose()
    {
        _full.Dispose();
        _fresh.Dispose();
    }

    [Fact]
    public async Task The_page_of_reference_is_what_the_program_has()
    {
        var page = MetricsReference.Page(await MetricsReference.FamiliesAsync(_full), await MetricsReference.KnownValuesAsync(_fresh));
        var path = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../docs/metrics.md");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(path, page, TestContext.Current.CancellationToken);
        }

        page.ShouldBe(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), "UPDATE_GOLDEN=1 writes docs/metrics.md anew");
    }

    [Fact]
    public async Task Every_instrument_is_in_it_with_a_sentence_and_a_bound()
    {
        var families = await MetricsReference.FamiliesAsync(_full);

        families.Select(static family => family.Name).Order(StringComparer.Ordinal).ShouldBe(
            MetricsReference.Instruments(_full).Select(static instrument => PrometheusText.FamilyName(
                instrument.Name, instrument.Unit ?? string.Empty, MetricsReference.IsCounter(instrument))).Order(StringComparer.Ordinal));
        families.ShouldAllBe(static family => family.Help.EndsWith('.') && family.Most > 0);
        families.ShouldAllBe(static family =>
            family.Name.StartsWith("gitops_operator_", StringComparison.Ordinal) || family.Name.StartsWith("process_", StringComparison.Ordinal)
            || family.Name.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Counters_and_histograms_are_there_before_anything_has_happened()
    {
        // What others name is not known beforehand: repositories, resources of the API, Applications.
        string[] named = ["gitops_operator_kubernetes_requests_total", "gitops_operator_repository_git_operations_total", "gitops_operator_repository_git_seconds_total"];
        var fresh = (await MetricsReference.FamiliesAsync(_fresh)).Select(static family => family.Name).ToHashSet(StringComparer.Ordinal);

        var late = (await MetricsReference.FamiliesAsync(_full)).Where(family => family.Type != "gauge" && !fresh.Contains(family.Name))
            .Where(static family => !family.Labels.Contains("application", StringComparer.Ordinal)).Select(static family => family.Name);

        late.ShouldBe(named, ignoreOrder: true);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
