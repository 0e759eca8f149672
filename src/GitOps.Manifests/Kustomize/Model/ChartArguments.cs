using System.Text.Json.Nodes;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>How <c>valuesInline</c> meet the values of the file.</summary>
internal enum ValuesMerge
{
    /// <summary>They win.</summary>
    Override,

    /// <summary>The file's win.</summary>
    Merge,

    /// <summary>The file's are left out.</summary>
    Replace,
}

/// <summary>A chart to be rendered, and how: an entry of <c>helmCharts</c> with the globals of its kustomization.</summary>
internal sealed record ChartArguments
{
    private const string DefaultHome = "charts";

    public string Name { get; init; } = string.Empty;

    /// <summary>Of a chart that is not in the repository; empty: the newest.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>Where it is fetched from if it is not in the repository; empty: nowhere.</summary>
    public string Repository { get; init; } = string.Empty;

    public string ReleaseName { get; init; } = string.Empty;

    public string Namespace { get; init; } = string.Empty;

    public string NameTemplate { get; init; } = string.Empty;

    /// <summary>In the place of the chart's own values.yaml; empty: that.</summary>
    public string ValuesFile { get; init; } = string.Empty;

    public List<string> AdditionalValuesFiles { get; init; } = [];

    /// <summary>Null or empty: none.</summary>
    public JsonObject? ValuesInline { get; init; }

    public ValuesMerge ValuesMerge { get; init; }

    public bool IncludeCrds { get; init; }

    public bool SkipHooks { get; init; }

    public bool SkipTests { get; init; }

    /// <summary>Without a version, the newest may be a prerelease.</summary>
    public bool Devel { get; init; }

    /// <summary>Empty: not said.</summary>
    public string KubeVersion { get; init; } = string.Empty;

    public List<string> ApiVersions { get; init; } = [];

    /// <summary>Where charts are, each in a directory of its name.</summary>
    public string Home { get; init; } = DefaultHome;

    /// <summary>Fields that are written, and change nothing.</summary>
    public List<string> Idle { get; init; } = [];

    /// <summary>The directory of the chart: where it is, or where kustomize would put it.</summary>
    public string Directory => Version.Length > 0 && Repository.Length > 0 ? $"{Home}/{Name}-{Version}/{Name}" : $"{Home}/{Name}";

    /// <summary>All charts of a kustomization: in the present spelling, then in the old one.</summary>
    /// <exception cref="KustomizeException">A field is unknown or of the wrong type.</exception>
    public static List<ChartArguments> ReadAll(ConfigReader reader)
    {
        var old = reader.List("helmChartInflationGenerator", ReadOld);
        var home = (Home: string.Empty, Config: string.Empty);
        var hasGlobals = reader.Object("helmGlobals", globals =>
        {
            home = (globals.Text("chartHome"), globals.Text("configHome"));
            globals.RefuseOthers();
            return globals;
        }) is not null;
        if (!hasGlobals)
        {
            home = (Last(old.Select(static one => one.Home)), Last(old.Select(static one => one.Config)));
        }

        return
        [
            .. reader.List("helmCharts", Read).Concat(old.Select(static one => one.Chart))
                .Select(chart => chart.In(home.Home, home.Config)),
        ];
    }

    /// <summary>A generator's configuration, which has everything in one place.</summary>
    /// <exception cref="KustomizeException">A field is of the wrong type.</exception>
    public static ChartArguments ReadGenerator(ConfigReader reader) => Read(reader).In(reader.Text("chartHome"), reader.Text("configHome"));

    private static ChartArguments Read(ConfigReader reader)
    {
        var chart = new ChartArguments
        {
            Name = reader.Text("name"),
            Version = reader.Text("version"),
            Repository = reader.Text("repo"),
            ReleaseName = reader.Text("releaseName"),
            Namespace = reader.Text("namespace"),
            NameTemplate = reader.Text("nameTemplate"),
            ValuesFile = reader.Text("valuesFile"),
            AdditionalValuesFiles = reader.Texts("additionalValuesFiles"),
            ValuesInline = Values(reader, "valuesInline"),
            ValuesMerge = MergeOf(reader.Text("valuesMerge")),
            IncludeCrds = reader.Flag("includeCRDs"),
            SkipHooks = reader.Flag("skipHooks"),
            SkipTests = reader.Flag("skipTests"),
            Devel = reader.Flag("devel"),
            KubeVersion = reader.Text("kubeVersion"),
            ApiVersions = reader.Texts("apiVersions"),
            Idle = reader.Flag("debug") ? ["debug"] : [],
        };
        reader.RefuseOthers();
        return chart;
    }

    private static (ChartArguments Chart, string Home, string Config) ReadOld(ConfigReader reader)
    {
        var idle = new List<string>();
        foreach (var name in (ReadOnlySpan<string>)["chartRepoName", "helmBin", "releaseNamespace"])
        {
            if (reader.Text(name).Length > 0)
            {
                idle.Add(name);
            }
        }

        if (reader.Texts("extraArgs").Count > 0)
        {
            idle.Add("extraArgs");
        }

        var chart = new ChartArguments
        {
            Name = reader.Text("chartName"),
            Version = reader.Text("chartVersion"),
            Repository = reader.Text("chartRepoUrl"),
            ValuesFile = reader.Text("values"),
            ValuesInline = Values(reader, "valuesLocal"),
            ValuesMerge = MergeOf(reader.Text("valuesMerge")),
            ReleaseName = reader.Text("releaseName"),
            Idle = idle,
        };
        var (home, config) = (reader.Text("chartHome"), reader.Text("helmHome"));
        reader.RefuseOthers();
        return (chart, home, config);
    }

    private static JsonObject? Values(ConfigReader reader, string name) => reader.Find(name) switch
    {
        null => null,
        JsonObject values => values,
        _ => throw new KustomizeException($"{name} of a chart must be a mapping"),
    };

    private static ValuesMerge MergeOf(string text) => text switch
    {
        "" or "override" => ValuesMerge.Override,
        "merge" => ValuesMerge.Merge,
        "replace" => ValuesMerge.Replace,
        _ => throw new KustomizeException($"valuesMerge of a chart must be one of merge, override and replace, not '{text}'"),
    };

    private static string Last(IEnumerable<string> texts) => texts.LastOrDefault(static text => text.Length > 0) ?? string.Empty;

    private ChartArguments In(string home, string config) => this with
    {
        Home = home.Length > 0 ? home.TrimEnd('/') : DefaultHome,
        Idle = config.Length > 0 ? [.. Idle, "configHome"] : Idle,
    };
}
