using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Manifests.Helm;

/// <summary>
/// What the texts of a chart ask beside its values: which part of the cluster's capabilities, and what would answer otherwise at
/// each rendering. It looks at names alone, so it may see a question that is never asked; it misses none that is written out.
/// </summary>
internal sealed partial class ChartScan
{
    private const int MaxNested = 4;

    private static readonly FrozenSet<string> Functions = FrozenSet.Create(
        StringComparer.Ordinal,
        "randAlphaNum", "randAlpha", "randNumeric", "randAscii", "randBytes", "randInt", "shuffle", "uuidv4", "genPrivateKey", "genCA",
        "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "encryptAES", "bcrypt",
        "htpasswd", "now", "ago", "lookup", "getHostByName");

    private readonly HelmLimits _limits;
    private readonly SortedSet<string> _apiVersions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _unsteady = new(StringComparer.Ordinal);

    public ChartScan(HelmLimits limits) => _limits = limits;

    public bool AsksKubeVersion { get; private set; }

    /// <summary>It looks at the whole list, or in a way that does not tell what it looks for.</summary>
    public bool AsksAllApiVersions { get; private set; }

    /// <summary>Those that it looks for by name.</summary>
    public IReadOnlyCollection<string> ApiVersions => _apiVersions;

    /// <summary>Functions that answer otherwise each time, or nothing here, each with a file that names it.</summary>
    public IReadOnlyDictionary<string, string> Unsteady => _unsteady;

    /// <exception cref="ManifestException">A package of a chart cannot be read.</exception>
    public void Add(IEnumerable<HelmFile> files)
    {
        foreach (var file in files)
        {
            Add(file.Path, file.Content, 0);
        }
    }

    public void AddText(string text) => AddCapabilities(text);

    /// <param name="path">For messages.</param>
    /// <param name="text">A template that is no file.</param>
    public void AddTemplate(string path, string text) => AddFunctions(path, text);

    private void Add(string path, ReadOnlyMemory<byte> content, int depth)
    {
        if (path.EndsWith(".tgz", StringComparison.Ordinal) && path.Contains("charts/", StringComparison.Ordinal))
        {
            if (depth == MaxNested)
            {
                throw new ManifestException(new ManifestError(path, null, $"packages of charts are nested deeper than {MaxNested}"));
            }

            foreach (var packaged in ChartPackage.Read(path, content, _limits))
            {
                Add($"{path}/{packaged.Path}", packaged.Content, depth + 1);
            }

            return;
        }

        var isTemplate = path.Contains("/templates/", StringComparison.Ordinal);
        var isChart = path.EndsWith("/Chart.yaml", StringComparison.Ordinal);
        if (!isTemplate && !isChart && content.Span.IndexOf("Capabilities"u8) < 0)
        {
            return;
        }

        var text = Encoding.UTF8.GetString(content.Span);
        AddCapabilities(text);
        AsksKubeVersion |= isChart && KubeVersionField().IsMatch(text);
        if (isTemplate && !path.EndsWith("/NOTES.txt", StringComparison.Ordinal))
        {
            AddFunctions(path, text);
        }
    }

    private void AddCapabilities(string text)
    {
        if (!text.Contains("Capabilities", StringComparison.Ordinal))
        {
            return;
        }

        foreach (Match match in CapabilityUse().Matches(text))
        {
            if (match.Groups["version"].Success)
            {
                AsksKubeVersion = true;
            }
            else if (match.Groups["api"].Success)
            {
                _apiVersions.Add(match.Groups["api"].Value);
            }
            else if (!match.Groups["helm"].Success)
            {
                AsksAllApiVersions = true;
                AsksKubeVersion |= !match.Groups["apis"].Success;
            }
        }
    }

    private void AddFunctions(string path, string text)
    {
        foreach (Match action in Action().Matches(text))
        {
            foreach (Match word in Word().Matches(Literal().Replace(action.Value, "\"\"").Trim('{', '}', '-')))
            {
                if (Functions.Contains(word.Value))
                {
                    _unsteady.TryAdd(word.Value, path);
                }
            }
        }
    }

    [GeneratedRegex("""Capabilities(?:(?<version>\.KubeVersion)|(?<helm>\.HelmVersion)|\.APIVersions\.Has\s+"(?<api>[^"\\]+)"|(?<apis>\.APIVersions))?""", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex CapabilityUse();

    [GeneratedRegex(@"(?:^|\n)kubeVersion:\s*\S", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex KubeVersionField();

    [GeneratedRegex(@"\{\{(?:[^}]|\}[^}])*\}\}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Action();

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|/\*(?:[^*]|\*[^/])*\*/
        """, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Literal();

    // With what makes it no function: a field (.now), a variable ($now), a part of a longer name.
    [GeneratedRegex(@"[\w.$-]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
