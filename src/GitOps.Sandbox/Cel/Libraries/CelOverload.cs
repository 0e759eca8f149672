using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>What a function does for arguments of certain types.</summary>
/// <param name="Id">Its name among all overloads; costs are told by it.</param>
/// <param name="Function">The function's name.</param>
/// <param name="IsMember">Whether it is written behind its first argument.</param>
/// <param name="Parameters">The types of its arguments, with the target first.</param>
/// <param name="Result">The type of its result.</param>
/// <param name="Apply">Never given errors; may return one. Null where the evaluator does the work itself.</param>
internal sealed record CelOverload(
    string Id, string Function, bool IsMember, ImmutableArray<CelType> Parameters, CelType Result, Func<CelValue[], CelValue>? Apply)
{
    /// <summary>Whether some type in it is a placeholder.</summary>
    public bool IsGeneric { get; } = Parameters.Any(HasParameter) || HasParameter(Result);

    /// <summary>Whether the values are of the types it takes.</summary>
    public bool Takes(CelValue[] arguments)
    {
        if (arguments.Length != Parameters.Length)
        {
            return false;
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            if (!Takes(Parameters[i], arguments[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasParameter(CelType type) => type.Kind == CelKind.Parameter || type.Parameters.Any(HasParameter);

    private static bool Takes(CelType parameter, CelValue value) => parameter.Kind switch
    {
        CelKind.Dyn or CelKind.Parameter => true,
        CelKind.List => value is CelList list && (list.Count == 0 || Takes(parameter.Parameters[0], list[0])),
        CelKind.Map => value is CelMap,
        _ => value.Type.Kind == parameter.Kind && value.Type.Name == parameter.Name,
    };
}
