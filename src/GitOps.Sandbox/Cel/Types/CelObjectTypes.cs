namespace GitOps.Sandbox.Cel.Types;

/// <summary>The types of which a mutation makes its result.</summary>
internal static class CelObjectTypes
{
    public const string ObjectName = "Object";

    public static readonly CelType Object = CelType.Object(ObjectName, static () => CelFields.Anything);

    /// <summary>One operation of a JSON patch.</summary>
    public static readonly CelType JsonPatch = CelType.Object("JSONPatch", static () => new(
    [
        new(CelType.String, "op"), new(CelType.String, "path"), new(CelType.String, "from"), new(CelType.Dyn, "value"),
    ]));

    /// <summary><c>Object</c>, <c>Object.spec.template</c>, <c>JSONPatch</c>; null for every other name.</summary>
    public static CelType? Find(string name) => name switch
    {
        ObjectName => Object,
        "JSONPatch" => JsonPatch,
        _ when name.StartsWith($"{ObjectName}.", StringComparison.Ordinal) => CelType.Object(name, static () => CelFields.Anything),
        _ => null,
    };

    /// <summary>
    /// What is wrong with the names of the objects within a result: <c>Object.spec</c> may only stand in the field <c>spec</c>.
    /// </summary>
    public static IReadOnlyList<string> Mistakes(CelValue value)
    {
        var mistakes = new List<string>();
        Collect(value, value.Type.Name, mistakes);
        return mistakes;
    }

    private static void Collect(CelValue value, string expected, List<string> mistakes)
    {
        switch (value)
        {
            case CelObjectValue record:
                if (record.Type.Name != expected)
                {
                    mistakes.Add(
                        $"unexpected type name \"{record.Type.Name}\", expected \"{expected}\", which matches field name path from root Object type");
                }

                foreach (var (name, field) in record.Fields)
                {
                    Collect(field, $"{expected}.{name}", mistakes);
                }

                break;
            case CelArray list:
                foreach (var item in list.Items)
                {
                    Collect(item, expected, mistakes);
                }

                break;
            case CelDictionary map:
                foreach (var key in map.Keys)
                {
                    Collect(map.Find(key)!, expected, mistakes);
                }

                break;
            default:
                break;
        }
    }
}
