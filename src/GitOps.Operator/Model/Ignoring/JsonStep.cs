namespace GitOps.Operator.Model.Ignoring;

/// <summary>One step down in JSON: to a field, or to an item of a list.</summary>
/// <param name="Name">Of the field; null: an item.</param>
/// <param name="Index">Of the item.</param>
internal readonly record struct JsonStep(string? Name, int Index)
{
    public static JsonStep Field(string name) => new(name, -1);

    public static JsonStep Item(int index) => new(null, index);
}
