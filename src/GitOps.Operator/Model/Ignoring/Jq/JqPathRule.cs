namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>Tells, without an object, whether all that an expression gives are places in one.</summary>
internal static class JqPathRule
{
    /// <returns>Null: they are; else what is not.</returns>
    public static string? Problem(JqNode node) => node switch
    {
        JqNode.Identity or JqNode.Recurse or JqNode.Nothing or JqNode.Select => null,
        JqNode.Index index => Problem(index.Target),
        JqNode.Slice slice => Problem(slice.Target),
        JqNode.Iterate iterate => Problem(iterate.Target),
        JqNode.Optional optional => Problem(optional.Target),
        JqNode.Pipe pipe => Problem(pipe.Left) ?? Problem(pipe.Right),
        JqNode.Comma comma => Problem(comma.Left) ?? Problem(comma.Right),
        JqNode.Alternative alternative => Problem(alternative.Left) ?? Problem(alternative.Right),
        JqNode.If choice => Problem(choice.Then) ?? Problem(choice.Else),
        JqNode.Literal { Value: null } => "null names no field (for nothing, write empty)",
        JqNode.Literal => "a literal names no field",
        JqNode.Compare or JqNode.And or JqNode.Or => "a comparison names no field (it goes into select)",
        JqNode.Quantifier { IsAll: true } => "all names no field (it goes into select)",
        JqNode.Quantifier => "any names no field (it goes into select)",
        JqNode.Test => "test names no field (it goes into select)",
        JqNode.Call call => $"{call.Name} names no field (it goes into select)",
        _ => "this names no field",
    };
}
