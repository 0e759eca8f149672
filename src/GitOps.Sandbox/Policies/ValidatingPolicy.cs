using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Policies;

/// <summary>Why a policy is not content with a request.</summary>
/// <param name="Message">For people.</param>
/// <param name="Reason">The reason of the refusal.</param>
internal sealed record Violation(string Message, string Reason);

/// <summary>One expression that must be true, and what is said if it is not.</summary>
internal sealed record PolicyRule(PolicyExpression Expression, PolicyExpression? MessageExpression, string Message, string Reason)
{
    private const int LongestMessage = 5 * 1024;

    /// <summary>The message of a violation: computed, else as written, else the expression itself.</summary>
    public string Describe(PolicyContext context)
    {
        if (MessageExpression is not null && context.Evaluate(MessageExpression).Value is CelString { Value: var computed }
            && computed.Trim() is { Length: > 0 and <= LongestMessage } text && !text.Contains('\n', StringComparison.Ordinal))
        {
            return text;
        }

        return Message.Trim() is { Length: > 0 } written ? written : $"failed expression: {Expression.Text.Trim()}";
    }
}

/// <summary>A ValidatingAdmissionPolicy, compiled.</summary>
internal sealed record ValidatingPolicy(Policy Policy, ImmutableArray<PolicyRule> Rules, ImmutableArray<PolicyExpression> AuditAnnotations)
{
    public const string Invalid = "Invalid";

    public static IEnumerable<ValidatingPolicy> ReadAll(JsonObject json)
    {
        var policy = Policies.Policy.Read(json);
        var environment = PolicyEnvironment.Of(policy.ParamKind is not null, hasAuthorizer: true).WithVariables(policy.Variables);
        var messages = PolicyEnvironment.Of(policy.ParamKind is not null, hasAuthorizer: false).WithVariables(policy.Variables);
        yield return new(
            policy,
            [.. json.Object("spec").Objects("validations").Select(rule => ReadRule(rule, environment, messages))],
            [.. json.Object("spec").Objects("auditAnnotations").Select(annotation =>
                PolicyExpression.Compile(annotation.Text("valueExpression") ?? string.Empty, environment, CelType.String, CelType.Null))]);
    }

    /// <summary>What is wrong with a request; nothing if the policy is content, or not concerned.</summary>
    public IReadOnlyList<Violation> Check(AdmissionRequest request, ServedResource resource, JsonObject? param)
    {
        if (!Policy.Conditions.AreMet(request, resource, param, out var error))
        {
            return error is null ? [] : Failed(error);
        }

        var context = PolicyContext.Of(request, resource, param, Policy.Variables);
        var violations = new List<Violation>();
        foreach (var rule in Rules)
        {
            var result = context.Evaluate(rule.Expression);
            if (result.IsOverBudget)
            {
                return Failed(PolicyContext.OutOfBudget);
            }

            if (result.Error is { } failure)
            {
                violations.AddRange(Failed(failure));
            }
            else if (!result.IsTrue)
            {
                violations.Add(new(rule.Describe(context), rule.Reason));
            }
        }

        foreach (var annotation in AuditAnnotations)
        {
            if (context.Evaluate(annotation).Error is { } failure)
            {
                violations.AddRange(Failed(failure));
            }
        }

        return violations;
    }

    private static PolicyRule ReadRule(JsonObject rule, CelEnvironment environment, CelEnvironment messages) => new(
        PolicyExpression.Compile(rule.Text("expression") ?? string.Empty, environment, CelType.Bool),
        rule.Text("messageExpression") is { Length: > 0 } message ? PolicyExpression.Compile(message, messages, CelType.String) : null,
        rule.Text("message") ?? string.Empty,
        rule.Text("reason") is { Length: > 0 } reason ? reason : Invalid);

    private IReadOnlyList<Violation> Failed(string why) => Policy.IgnoresFailure ? [] : [new(why, Invalid)];
}
