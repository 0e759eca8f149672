using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Benchmarks.Cluster;

namespace GitOps.Benchmarks.Figures;

/// <summary>Collects figures and prints them: as they come, or as one JSON document at the end. Progress goes elsewhere.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly BenchmarkSettings _settings;
    private readonly TextWriter _output;
    private readonly TextWriter _progress;
    private readonly List<Figure> _figures = [];
    private string _row = string.Empty;

    public Report(BenchmarkSettings settings, TextWriter output, TextWriter progress)
    {
        (_settings, _output, _progress) = (settings, output, progress);
        Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors, load {Load()}, {ApiServer.Description}, {_settings.Objects} objects each"));
    }

    /// <summary>Whether a row could not be measured.</summary>
    public bool HasFailed { get; private set; }

    public void Begin(string row, string summary)
    {
        _row = row;
        Print(string.Empty);
        Print($"{row}: {summary}");
    }

    public void Note(string text) => _progress.WriteLine($"  ... {text}");

    public void Failed(Exception exception)
    {
        HasFailed = true;
        _progress.WriteLine($"error: {_row}: {exception}");
    }

    /// <summary>A count, or something that is a ratio already.</summary>
    public void Add(string name, double value, string unit, Target? target = null) =>
        Add(new Figure(_row, name, value, unit, null, null, target));

    /// <summary>A figure beside another of the same run.</summary>
    public void Add(string name, double value, string unit, double ratio, string ratioOf, Target? target = null) =>
        Add(new Figure(_row, name, value, unit, ratio, ratioOf, target));

    public void End()
    {
        if (_settings.Json)
        {
            _output.WriteLine(ToJson().ToJsonString(Indented));
            return;
        }

        var missed = _figures.Where(static figure => figure.Met == false).ToList();
        Print(string.Empty);
        Print(missed.Count == 0
            ? HasFailed ? "not every row could be measured" : "every target met"
            : $"missed: {string.Join("; ", missed.Select(static figure => $"{figure.Row} {figure.Name}"))}");
    }

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        var ratio = figure.Ratio is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.00} × {figure.RatioOf}") : string.Empty;
        var target = figure.Target is { } bound
            ? string.Create(CultureInfo.InvariantCulture, $"target {(bound.IsFloor ? "≥" : "≤")} {bound.Bound:0.##} {(figure.Met == true ? "met" : "MISSED")}")
            : string.Empty;
        Print(string.Create(CultureInfo.InvariantCulture, $"  {figure.Name,-44} {figure.Value,10:#,0.##} {figure.Unit,-12} {ratio,-34} {target}").TrimEnd());
    }

    private void Print(string line) => (_settings.Json ? _progress : _output).WriteLine(line);

    private JsonObject ToJson() => new()
    {
        ["measuredAt"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["processors"] = Environment.ProcessorCount,
        ["load"] = Load(),
        ["server"] = ApiServer.Description,
        ["objectsPerApplication"] = _settings.Objects,
        ["figures"] = new JsonArray([.. _figures.Select(static figure => new JsonObject
        {
            ["row"] = figure.Row,
            ["name"] = figure.Name,
            ["value"] = Math.Round(figure.Value, 4),
            ["unit"] = figure.Unit,
            ["ratio"] = figure.Ratio is { } ratio ? Math.Round(ratio, 4) : null,
            ["ratioOf"] = figure.RatioOf,
            ["target"] = figure.Target?.Bound,
            ["targetIs"] = figure.Target is { } target ? target.IsFloor ? "floor" : "ceiling" : null,
            ["met"] = figure.Met,
        })]),
    };

    /// <summary>The load average of a minute, where there is one: figures of a busy machine say so.</summary>
    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
