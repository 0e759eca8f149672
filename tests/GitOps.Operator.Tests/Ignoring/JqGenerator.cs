namespace GitOps.Operator.Tests.Ignoring;

/// <summary>
/// Makes expressions over the names of the sample object. In one expression either every step may fail quietly or none: which
/// errors a <c>?</c> catches behind itself differs between releases of jq, and so does what <c>//</c> makes of one.
/// </summary>
internal sealed class JqGenerator(int seed)
{
    private static readonly string[] Names =
    [
        "metadata", "labels", "annotations", "spec", "template", "containers", "name", "image", "env", "ports", "port", "webhooks",
        "clientConfig", "caBundle", "rules", "verbs", "replicas", "paused", "missing", "http", "route", "weight",
    ];

    private static readonly string[] Lists =
    [
        ".spec.template.spec.containers", ".webhooks", ".spec.ports", ".spec.rules", ".spec.http", ".imagePullSecrets", ".spec.subsets", ".spec.template.spec.initContainers",
    ];

    private readonly Random _random = new(seed);
    private bool _quiet;

    public string Next()
    {
        _quiet = _random.Next(2) == 0;
        return Expression(2);
    }

    private string Expression(int depth) => (depth == 0 ? 0 : _random.Next(9)) switch
    {
        0 or 1 => Path(),
        2 => $"{Items()} | select({Condition(depth)})",
        3 => $"{Items()} | select({Condition(depth)}) | {Step()}",
        4 => $"{Expression(depth - 1)}, {Expression(depth - 1)}",
        5 when depth == 2 => $"{Path()} // {Path()}",
        5 => Path(),
        6 => $"if {Condition(depth)} then {Expression(depth - 1)} else {Path()} end",
        7 => _quiet ? $".. | {Step()}" : $".. | select(type == \"{Pick(["string", "number", "boolean"])}\" and . != {_random.Next(100)})",
        _ => $"select({Condition(depth)}) | {Expression(depth - 1)}",
    };

    private string Items() => Pick(Lists) + "[]" + Mark();

    private string Path() => Pick(Lists) + _random.Next(6) switch
    {
        0 => "[]" + Mark() + Step(),
        1 => "[0]" + Step(),
        2 => "[-1]",
        3 => "[1:]",
        4 => $"[{_random.Next(3)}:{_random.Next(4)}][]" + Step(),
        _ => string.Empty,
    };

    private string Step() => "." + Pick(Names) + Mark();

    private string Mark() => _quiet ? "?" : string.Empty;

    private string Condition(int depth) => _random.Next(depth > 0 ? 9 : 5) switch
    {
        0 => $"{Step()} == \"{Pick(Names)}\"",
        1 => $"{Step()} != null",
        2 => $"type == \"{Pick(["object", "array", "string", "number", "boolean", "null"])}\"",
        3 => $"{Step()} > {_random.Next(100)}",
        4 when !_quiet => Pick([$"has(\"{Pick(Names)}\")", $".name | startswith(\"{Pick(["a", "main", "l", "http"])}\")", ".name | test(\"^[a-m]\")", "length > 2", ".name | endswith(\"s\")", "keys | length > 2"]),
        4 => "(type == \"object\")",
        5 => $"({Condition(depth - 1)}) and ({Condition(depth - 1)})",
        6 => $"({Condition(depth - 1)}) or ({Condition(depth - 1)})",
        7 => $"({Condition(depth - 1)} | not)",
        _ => _quiet ? $"any(..; type == \"{Pick(["object", "string"])}\")" : "(.name // .port) != null",
    };

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
