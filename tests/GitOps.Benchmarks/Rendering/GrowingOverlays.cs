using System.Globalization;
using System.Text;

namespace GitOps.Benchmarks.Rendering;

/// <summary>Overlays whose own parts grow with the objects: one of a kind for each set of five objects.</summary>
internal static class GrowingOverlays
{
    /// <summary>What grows, and the overlay for so many sets.</summary>
    public static IReadOnlyList<(string Name, Func<int, string> Overlay)> All { get; } =
    [
        ("name references", static _ => "namePrefix: prod-\nnameSuffix: -v2\n"),
        ("a namespace", static _ => "namespace: production\n"),
        ("labels and images", static _ => "labels:\n- pairs: {team: payments}\n  includeSelectors: true\nimages:\n- {name: registry.example.com/app, newTag: '2'}\n"),
        ("generators", static sets => Each("configMapGenerator", sets, static name => $"- {{name: {name}-settings, literals: [LOG_LEVEL=info]}}")),
        ("patches for one object", static sets => Each(
            "patches", sets, static name => $"- patch: '{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}}}, spec: {{replicas: 3}}}}'")),
        ("patches with a target", static sets => Each(
            "patches", sets, static name => $"- target: {{kind: Deployment, name: {name}}}\n  patch: '[{{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 3}}]'")),
        ("patches with an expression", static sets => Each(
            "patches", sets, static name => $"- target: {{kind: Deployment, name: ({name})}}\n  patch: '[{{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 3}}]'")),
        ("replacements", static sets => Each(
            "replacements", sets,
            static name => $"- source: {{kind: Service, name: {name}}}\n  targets:\n  - select: {{kind: ConfigMap, name: {name}}}\n    fieldPaths: [data.service]\n    options: {{create: true}}")),
        ("variables", static sets => Each(
            "vars", sets, static name => $"- name: {name.Replace('-', '_').ToUpperInvariant()}\n  objref: {{apiVersion: v1, kind: Service, name: {name}}}")),
    ];

    /// <summary>Path to content.</summary>
    public static Dictionary<string, string> Files(int objects, Func<int, string> overlay)
    {
        var files = SampleOverlay.Files(objects);
        files[$"{SampleOverlay.Path}/kustomization.yaml"] = $"resources: [../base]\n{overlay(objects / SampleOverlay.ObjectsOfSet)}";
        return files;
    }

    private static string Each(string field, int sets, Func<string, string> entry)
    {
        var text = new StringBuilder(field).Append(":\n");
        for (var set = 0; set < sets; set++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{entry(SampleOverlay.NameOf(set))}\n");
        }

        return text.ToString();
    }
}
