using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>What an expression gave.</summary>
/// <param name="Value">Null if it failed.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="IsOverBudget">Whether nothing more may be evaluated.</param>
internal readonly record struct PolicyResult(CelValue? Value, string? Error, bool IsOverBudget)
{
    public bool IsTrue => Value is CelBool { Value: true };
}

/// <summary>One request as expressions see it, with what they may cost together.</summary>
internal sealed class PolicyContext
{
    public const string OutOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";

    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);
    private readonly CelBudget _budget;

    /// <param name="request">The write.</param>
    /// <param name="resource">The version of the resource in which its objects are shown.</param>
    /// <param name="budget">What all expressions may cost.</param>
    public PolicyContext(AdmissionRequest request, ServedResource resource, long budget)
    {
        _budget = new(budget);
        _values["object"] = ObjectVersions.Convert(request, request.Object, resource);
        _values["oldObject"] = ObjectVersions.Convert(request, request.OldObject, resource);
        _values["request"] = AdmissionReview.Describe(request, resource);
        _values["params"] = null;
        _values["namespaceObject"] = null;
        var authorizer = new PolicyAuthorizer(request);
        _values["authorizer"] = CelAuthorizer.Of(authorizer);
        _values[PolicyEnvironment.RequestResource] = CelAuthorizer.OfResource(authorizer, PolicyAuthorizer.OfRequest(request));
    }

    /// <summary>Also shows the params, the namespace and the variables of a policy.</summary>
    /// <exception cref="ApiError">404: there is no such namespace.</exception>
    public static PolicyContext Of(AdmissionRequest request, ServedResource resource, JsonObject? param, IReadOnlyList<PolicyVariable> variables)
    {
        var context = new PolicyContext(request, resource, CelBudget.PerRequest).WithParam(param);
        context._values["namespaceObject"] = NamespaceOf(request);
        context._values[PolicyEnvironment.Variables] = new CelLazyFields(name => context.Variable(variables, name));
        return context;
    }

    public PolicyContext WithParam(JsonObject? param)
    {
        _values["params"] = param;
        return this;
    }

    public PolicyResult Evaluate(PolicyExpression expression)
    {
        if (expression.Program is not { } program)
        {
            return new(null, $"compilation error: {expression.Error}", false);
        }

        var result = program.Evaluate(_values, _budget);
        return result.IsOverBudget ? new(null, OutOfBudget, true)
            : result.Error is { } error ? new(null, $"expression '{expression.Text}' resulted in error: {error}", false)
            : new(result.Value, null, false);
    }

    private static JsonObject? NamespaceOf(AdmissionRequest request)
    {
        if (request.Namespace.Length == 0 || request.Kind == new GroupVersionKind(string.Empty, "v1", "Namespace"))
        {
            return null;
        }

        var found = NamespaceRules.Find(request.Cluster, request.Namespace) ?? throw ApiError.NotFound(NamespaceRules.Namespaces, request.Namespace);
        found.Object("metadata")?.Remove("managedFields");
        found.Object("metadata")?.Remove("ownerReferences");
        return found;
    }

    private CelValue? Variable(IReadOnlyList<PolicyVariable> variables, string name)
    {
        if (variables.LastOrDefault(variable => variable.Name == name) is not { } found)
        {
            return null;
        }

        if (found.Expression.Program is not { } program)
        {
            return new CelError($"composited variable \"{name}\" fails to compile: {found.Expression.Error}");
        }

        var result = program.Evaluate(_values, _budget);
        return result.Value ?? new CelError($"composited variable \"{name}\" fails to evaluate: {result.Error}");
    }
}
