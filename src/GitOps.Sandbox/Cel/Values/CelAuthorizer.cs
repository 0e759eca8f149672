namespace GitOps.Sandbox.Cel.Values;

/// <summary>Answers what expressions ask an authorizer about the user of a request.</summary>
internal interface ICelAuthorizer
{
    CelAccessDecision Decide(CelAccess access);
}

/// <summary>What is asked.</summary>
/// <param name="Verb">The verb; for a path the HTTP verb.</param>
internal sealed record CelAccess(string Verb)
{
    /// <summary>Empty unless it is about a path that is no resource.</summary>
    public string Path { get; init; } = string.Empty;

    public string Group { get; init; } = string.Empty;

    public string Resource { get; init; } = string.Empty;

    public string Subresource { get; init; } = string.Empty;

    public string Namespace { get; init; } = string.Empty;

    public string Name { get; init; } = string.Empty;

    public string FieldSelector { get; init; } = string.Empty;

    public string LabelSelector { get; init; } = string.Empty;

    /// <summary>Who is asked about, instead of the user of the request.</summary>
    public (string Namespace, string Name)? ServiceAccount { get; init; }
}

/// <param name="IsAllowed">Whether it is allowed.</param>
/// <param name="Reason">Why; may be empty.</param>
/// <param name="Error">Why it could not be told; null if it could.</param>
internal sealed record CelAccessDecision(bool IsAllowed, string Reason, string? Error = null);

/// <summary>
/// The steps of a question: <c>authorizer.group('apps').resource('deployments').check('get')</c>; its type says which comes next.
/// </summary>
internal sealed class CelAuthorizer : CelOpaque
{
    private CelAuthorizer(CelType type, ICelAuthorizer authorizer, CelAccess access)
        : base(type) => (Authorizer, Access) = (authorizer, access);

    public ICelAuthorizer Authorizer { get; }

    public CelAccess Access { get; }

    /// <summary>The variable <c>authorizer</c>.</summary>
    public static CelAuthorizer Of(ICelAuthorizer authorizer) => new(CelTypes.Authorizer, authorizer, new(string.Empty));

    /// <summary>The variable <c>authorizer.requestResource</c>.</summary>
    public static CelAuthorizer OfResource(ICelAuthorizer authorizer, CelAccess access) => new(CelTypes.ResourceCheck, authorizer, access);

    public CelAuthorizer To(CelType type, CelAccess access) => new(type, Authorizer, access);

    public override bool Same(CelValue other) => other is CelAuthorizer step && step.Type.Is(Type) && step.Access == Access;
}

internal sealed class CelDecision(CelAccessDecision decision) : CelOpaque(CelTypes.Decision)
{
    public CelAccessDecision Decision => decision;

    public override bool Same(CelValue other) => other is CelDecision step && step.Decision == decision;
}
