namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>The functions that operators stand for.</summary>
internal static class CelOperators
{
    public const string Conditional = "_?_:_";
    public const string And = "_&&_";
    public const string Or = "_||_";
    public const string Not = "!_";
    public const string Negate = "-_";
    public const string Add = "_+_";
    public const string Subtract = "_-_";
    public const string Multiply = "_*_";
    public const string Divide = "_/_";
    public const string Modulo = "_%_";
    public const string Equal = "_==_";
    public const string NotEqual = "_!=_";
    public const string Less = "_<_";
    public const string LessOrEqual = "_<=_";
    public const string Greater = "_>_";
    public const string GreaterOrEqual = "_>=_";
    public const string In = "@in";
    public const string Index = "_[_]";
    public const string OptionalIndex = "_[?_]";
    public const string OptionalSelect = "_?._";
    public const string NotStrictlyFalse = "@not_strictly_false";
    public const string MapInsert = "cel.@mapInsert";

    /// <summary>The function of a comparison; null if it is none.</summary>
    public static string? Relation(CelToken token) => token.Kind != CelTokenKind.Symbol ? null : token.Text switch
    {
        "<" => Less,
        "<=" => LessOrEqual,
        ">" => Greater,
        ">=" => GreaterOrEqual,
        "==" => Equal,
        "!=" => NotEqual,
        "in" => In,
        _ => null,
    };

    public static string? Sum(CelToken token) => token.Is("+") ? Add : token.Is("-") ? Subtract : null;

    public static string? Product(CelToken token) => token.Is("*") ? Multiply : token.Is("/") ? Divide : token.Is("%") ? Modulo : null;
}
