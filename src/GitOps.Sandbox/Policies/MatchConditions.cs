using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Policies;

/// <summary>Expressions all of which must be true before a webhook is asked or a policy applied.</summary>
internal sealed class MatchConditions
{
    private readonly ImmutableArray<PolicyExpression> _conditions;
    private readonly bool _ignoresFailure;

    private MatchConditions(ImmutableArray<PolicyExpression> conditions, bool ignoresFailure) =>
        (_conditions, _ignoresFailure) = (conditions, ignoresFailure);

    /// <param name="json">What has <c>matchConditions</c>.</param>
    /// <param name="hasParams">Whether they may name <c>params</c>.</param>
    /// <param name="ignoresFailure">Whether a condition that cannot be evaluated is one that is not met.</param>
    public static MatchConditions Read(JsonObject? json, bool hasParams, bool ignoresFailure)
    {
        var environment = PolicyEnvironment.Of(hasParams, hasAuthorizer: true);
        return new(
            [.. json.Objects("matchConditions").Select(condition => PolicyExpression.Compile(condition.Text("expression") ?? string.Empty, environment, CelType.Bool))],
            ignoresFailure);
    }

    /// <summary>Whether they are all met.</summary>
    /// <param name="request">The write.</param>
    /// <param name="resource">The version of the resource in which its objects are shown.</param>
    /// <param name="param">The policy's parameter.</param>
    /// <param name="error">Why that cannot be told, so that the request is to be refused.</param>
    public bool AreMet(AdmissionRequest request, ServedResource resource, JsonObject? param, out string? error)
    {
        error = null;
        if (_conditions.IsEmpty)
        {
            return true;
        }

        var context = new PolicyContext(request, resource, CelBudget.PerMatchConditions).WithParam(param);
        var errors = new List<string>();
        foreach (var condition in _conditions)
        {
            var result = context.Evaluate(condition);
            if (result.Value is CelBool { Value: false })
            {
                return false;
            }

            if (result.Error is { } failure)
            {
                errors.Add(failure);
            }

            if (result.IsOverBudget)
            {
                errors = [PolicyContext.OutOfBudget];
                break;
            }
        }

        if (errors.Count > 0)
        {
            error = _ignoresFailure ? null : errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]";
            return false;
        }

        return true;
    }
}
