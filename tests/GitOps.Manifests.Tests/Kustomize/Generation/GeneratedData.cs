using System.Text.Json.Nodes;

namespace GitOps.Manifests.Tests.Kustomize.Generation;

/// <summary>Generators of ConfigMaps and Secrets, with the files that they read.</summary>
internal sealed class GeneratedData(Draw draw, GeneratedFiles files)
{
    private const string Options = """
        ?disableNameSuffixHash: <pick true | false>
        ?labels: {generated: <value>}
        ?annotations: {g: <value>, ?note: x}
        ?4 immutable: true
        """;

    private static readonly string[] Literals =
        ["k=v", "q=\"quoted\"", "s='single'", "empty=", "e=a=b", "nl=a\nb", "u=été", "html=<&>", "key=over", "n=1", "t=true", "half=\"x", "dollar=$(WEB_NAME)", "sp= x ", "tab=\t", "two=\"a\" \"b\"", "emoji=😀", "dash-ed.k_ey=1", "ls=\u2028", "ctl=\u0001", "wrong", "=x", "a b=c", "..x=1"];

    private static readonly string[] Variables =
    [
        "A=1\n# comment\nB=two words\nC=\n", "\n\n  X=indented\nY= spaces \n", "P=\"quoted\"\nQ='single'\nR=a=b=c\n", "D=1\r\nE=2\r\n", "UNSET_VARIABLE_OF_NO_PROGRAM\nF=1", "", "# only\n  # comments\n", "\uFEFFG=marked\n", "H=été😀\nI=#no comment\n", "J=1\nJ=2\n", "export K=1\n",
        "1L=digit\n", "M =space\n", "long=" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + "\n", "O=\\n\n",
    ];

    private static readonly string[] Contents =
    [
        "some\ntext\n", "", "no end", "a: 1\nb: [x]\n", "{\"json\": true}", "tab\t and trailing \n", "\uF7FF\uF7FE\u0000\uF780binary", "\u0000", "crlf\r\nlines\r\n", "\uFEFFmarked", "  leading\n", "\n\nstart", "ctl\u0001\u0002", "long" + "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789",
        "😀\u2028", "\uF7C3\uF728", "- x\n- y\n", "# c\n", "\uF789PNG\r\n\u001A\n\uF700\uF7FF\uF710\uF720\uF730\uF740\uF750\uF760\uF770\uF780\uF790\uF7A0\uF7B0\uF7C0\uF7D0\uF7E0\uF7F0\uF701\uF702\uF703\uF704\uF705\uF706\uF707\uF708\uF709\uF70A\uF70B\uF70C\uF70D\uF70E\uF70F\uF7AA\uF7BB\uF7CC\uF7DD\uF7EE\uF7FF\uF711\uF722\uF733\uF744\uF755\uF766", "DEL\u007f",
    ];

    /// <param name="kustomization">Gets the generators.</param>
    /// <param name="directory">Where it lies.</param>
    /// <param name="name">Which names are derived from.</param>
    /// <param name="over">Names that generators below have used: they are merged with or replaced.</param>
    /// <returns>The names of ConfigMaps and Secrets.</returns>
    public List<string> Add(JsonObject kustomization, string directory, string name, IReadOnlyList<string> over)
    {
        var names = new List<string>();
        if (draw.Uses("configMapGenerator") && draw.Chance(2))
        {
            kustomization["configMapGenerator"] = List(directory, name == "web" ? "settings" : $"{name}-settings", "settings", over, names);
        }

        if (draw.Uses("secretGenerator", 3) && draw.Chance(2))
        {
            var secrets = List(directory, name == "web" ? "credentials" : $"{name}-credentials", "credentials", over, names);
            foreach (var secret in secrets)
            {
                Maybe((JsonObject)secret!, "type", () => draw.Pick("Opaque", "kubernetes.io/tls", ""));
            }

            kustomization["secretGenerator"] = secrets;
        }

        return names;
    }

    private JsonArray List(string directory, string name, string shared, IReadOnlyList<string> over, List<string> names)
    {
        var result = new JsonArray();
        if (over.FirstOrDefault(other => other.EndsWith(shared, StringComparison.Ordinal)) is { } below && !draw.Chance(3))
        {
            var changed = Arguments(directory, below);
            changed["behavior"] = draw.Chance(20) ? draw.Pick("create", "Merge") : draw.Pick("merge", "replace");
            result.Add(changed);
        }
        else
        {
            names.Add(name);
            result.Add(Arguments(directory, name));
            Maybe((JsonObject)result[0]!, "namespace", () => draw.Pick("team", "default"), 30);
            Maybe((JsonObject)result[0]!, "behavior", () => draw.Pick("create", ""), 10);
        }

        return result;
    }

    private JsonObject Arguments(string directory, string name)
    {
        var arguments = new JsonObject { ["name"] = name };
        Maybe(arguments, "literals", () => new JsonArray([.. Some(Literals, draw.Chance(40) ? Literals.Length : Literals.Length - 4)]));
        Maybe(arguments, "files", () => new JsonArray([.. Some(Contents, draw.Chance(8) ? Contents.Length : Contents.Length - 2).Select((content, i) => FileEntry(directory, content.GetValue<string>(), i))]), 3);
        Maybe(arguments, draw.Chance(4) ? "env" : "envs", () => null, 3);
        foreach (var field in (ReadOnlySpan<string>)["env", "envs"])
        {
            if (arguments.ContainsKey(field))
            {
                var file = files.NewName("env");
                files.Write($"{directory}/{file}", draw.Pick(draw.Chance(20) ? Variables : Variables[..9]));
                arguments[field] = field == "env" ? file : new JsonArray(file);
            }
        }

        Maybe(arguments, "options", () => draw.Template(Options, name, name), 3);
        return arguments;
    }

    private IEnumerable<JsonNode> Some(string[] from, int count) =>
        Enumerable.Range(0, draw.Next(3) + 1).Select(_ => from[draw.Next(count)]).Distinct(StringComparer.Ordinal).Select(static text => (JsonNode)JsonValue.Create(text));

    private JsonNode FileEntry(string directory, string content, int index)
    {
        var file = files.NewName(draw.Pick("txt", "bin", "conf"));
        files.Write($"{directory}/{file}", content);
        return draw.Chance(2) ? file : $"key{index}.x={file}";
    }

    private void Maybe(JsonObject target, string field, Func<JsonNode?> make, int oneIn = 2)
    {
        if (draw.Chance(oneIn))
        {
            target[field] = make();
        }
    }
}
