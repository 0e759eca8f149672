using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Replacements and variables.</summary>
internal sealed class GeneratedReferences(Draw draw, GeneratedFiles files)
{
    private static readonly string[] Targets =
    [
        "{select: {kind: Kind}, fieldPaths: [metadata.annotations.from], options: {create: true}}",
        "{select: {kind: Kind, name: Self}, fieldPaths: ['metadata.annotations.[config/x.y]'], options: {create: true}}",
        "{select: {kind: Kind, ?name: Self, ?namespace: <pick team | default>}, fieldPaths: [POD.containers.*.image], ?options: {delimiter: '<pick \":\" | />', ?index: <pick 0 | 1 | -1 | 5>}}",
        "{select: {name: Self}, fieldPaths: ['POD.containers.[name=app].env.[name=A].value'], ?options: {?create: true}}",
        "{select: {kind: Kind}, fieldPaths: ['POD.containers.[name=app].env.[name=NEW].value', metadata.annotations.twice], options: {create: true}}",
        "{select: {?kind: Kind, name: <pick Self | .*>}, ?reject: [{name: <pick api | web | .*b>}, {?: 1, kind: Service}, {?: 1, labelSelector: tier=front}], fieldPaths: [metadata.labels.copied], options: {create: true}}",
        "{select: {kind: Kind}, fieldPaths: [POD.containers.0.image, 'POD.containers.[image=nginx.*].image'], ?options: {delimiter: ':', ?index: 1, ?create: true, ?encoding: base64}}",
        "{select: {labelSelector: app}, fieldPaths: [metadata.annotations.selected], options: {create: true}}",
        "{select: {kind: ConfigMap}, fieldPaths: ['<pick data.key | data.app\\.properties | data.[app.properties]>'], ?options: {?create: true, ?delimiter: '<pick \"-\" | \" \">', ?index: <pick 1 | -1>}}",
        "{select: {kind: ConfigMap}, fieldPaths: [<pick data.nested.a.b | data.nested.a.c.0 | data.json.a.b>]}",
        "{select: {kind: Widget}, fieldPaths: ['<pick spec.size | spec.list.0 | spec.list.[name=x].value | spec.list.* | spec.list.[=a] | spec.refs.1 | spec.new.deep | spec.list.->'], options: {create: <pick true | false>}}",
        "{select: {kind: Ingress}, fieldPaths: ['spec.rules.*.host', 'spec.rules.0.host'], ?options: {delimiter: ., index: 0}}",
        "{select: {kind: Certificate}, fieldPaths: [spec.dnsNames.0, spec.dnsNames.1], options: {delimiter: ., index: <pick 0 | 1 | -1 | 9>}}",
        "{select: {kind: Service}, fieldPaths: ['spec.ports.[name=http].targetPort', <pick spec.ports.0.name | spec.selector.app>]}",
        "{select: {kind: Kind}}",
    ];

    private static readonly string[] Sources =
    [
        "{kind: Kind, name: Self}", "{kind: Kind, name: Self, fieldPath: metadata.name, ?options: {delimiter: '-', ?index: 0}}", "{kind: Kind, name: Self, fieldPath: apiVersion, options: {delimiter: /, index: 0}}",
        "{kind: Kind, name: Self, fieldPath: 'POD.containers.[name=app].image', ?options: {delimiter: ':', index: <pick 0 | 0 | 0 | 1>}}", "{kind: Kind, name: Self, fieldPath: POD.containers.0.image}", "{kind: Kind, name: Self, fieldPath: metadata.labels.app}",
        "{name: Self, kind: Kind, fieldPath: '<pick metadata.labels | POD.containers | POD.containers.0 | spec.replicas | metadata.annotations.note | metadata.annotations.[a.b/c]>'}", "{kind: ConfigMap, name: Self, fieldPath: data.key}",
        "{version: Version, ?group: Group, kind: Kind, name: Self, ?12 namespace: <pick team | default | prod>}",
    ];

    private static readonly string[] Fields =
        ["metadata.name", "metadata.name", "metadata.namespace", "spec.template.spec.containers[0].image", "apiVersion", "spec.replicas", "metadata.labels", "metadata.annotations.note", "spec.ports[0].port", "spec.template.spec.containers[0]"];

    private bool _hasVariables;

    public void Add(JsonObject kustomization, string directory, IReadOnlyList<KnownObject> known)
    {
        if (draw.Uses("replacements") && draw.Chance(2))
        {
            kustomization["replacements"] = new JsonArray([.. Enumerable.Range(0, draw.Next(2) + 1).Select(_ => Entry(directory, known))]);
        }

        if (draw.Uses("vars", 5) && !_hasVariables && draw.Chance(2))
        {
            _hasVariables = !draw.Chance(20);
            var variables = new JsonArray(Variable("WEB_NAME", draw.Pick(known)));
            if (draw.Chance(3))
            {
                variables.Add(Variable("UNKNOWN", draw.Pick(known)));
            }

            kustomization["vars"] = variables;
        }
    }

    private JsonObject Entry(string directory, IReadOnlyList<KnownObject> known)
    {
        var replacement = Replacement(known);
        if (!draw.Chance(4))
        {
            return replacement;
        }

        var name = files.NewName("yaml");
        files.Write($"{directory}/{name}", draw.Chance(2) ? replacement : new JsonArray(replacement, Replacement(known)));
        return new JsonObject { ["path"] = name };
    }

    private JsonObject Replacement(IReadOnlyList<KnownObject> known)
    {
        var result = new JsonObject();
        if (draw.Chance(6))
        {
            result["sourceValue"] = draw.Value();
        }
        else
        {
            var source = draw.Pick(known);
            result["source"] = draw.PickFitting(() => Fill(draw.Pick(Sources), source), candidate => source.Has(Slashed((string?)candidate["fieldPath"] ?? "metadata.name")));
        }

        result["targets"] = new JsonArray([.. Enumerable.Range(0, draw.Next(2) + 1).Select(_ => Target(known))]);
        return result;
    }

    private JsonObject Target(IReadOnlyList<KnownObject> known)
    {
        var target = draw.Pick(known);
        return draw.PickFitting(() => Fill(draw.Pick(Targets), target), candidate =>
        {
            var select = candidate["select"]!;
            var selected = known.Where(one => select["kind"] is null || (string?)select["kind"] == one.Kind).ToList();
            var create = (bool?)candidate["options"]?["create"] ?? false;
            return selected.Count > 0 && selected.TrueForAll(one => (candidate["fieldPaths"] as JsonArray ?? []).Select(static path => Slashed((string)path!))
                .All(path => one.Has(path) || (create && (path.StartsWith("metadata", StringComparison.Ordinal) || one.HasParent(path)))));
        });
    }

    /// <summary>A dotted path as those are written that are looked up in known objects.</summary>
    private static string Slashed(string path)
    {
        var parts = path.Replace("\\.", "\0", StringComparison.Ordinal).Split('.').Select(static part => part.Replace('\0', '.')).ToList();
        return string.Join('/', parts.Select(static part => (part is ['[', .. var inner, ']'] && !inner.Contains('=', StringComparison.Ordinal) ? inner : part).Replace("/", "~1", StringComparison.Ordinal)));
    }

    private JsonObject Fill(string template, KnownObject known)
    {
        return draw.Template(
            template.Replace("kind: Kind", $"kind: {known.Kind}", StringComparison.Ordinal).Replace("POD", known.Pods[1..].Replace('/', '.'), StringComparison.Ordinal)
                .Replace("group: Group", $"group: '{known.Group}'", StringComparison.Ordinal).Replace("version: Version", $"version: {known.Version}", StringComparison.Ordinal),
            known.Name, "settings");
    }

    private JsonObject Variable(string name, KnownObject known)
    {
        var variable = new JsonObject
        {
            ["name"] = name,
            ["objref"] = new JsonObject { ["kind"] = known.Kind, ["name"] = known.Name, ["apiVersion"] = known.ApiVersion },
        };
        if (draw.Chance(2))
        {
            variable["fieldref"] = new JsonObject
            {
                [draw.Pick("fieldPath", "fieldpath")] = draw.PickFitting(() => draw.Pick(Fields), path => known.Has(path.Replace('.', '/').Replace("[0]", "/0", StringComparison.Ordinal))),
            };
        }

        return variable;
    }
}
