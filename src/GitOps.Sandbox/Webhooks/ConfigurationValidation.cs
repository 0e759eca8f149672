using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Policies;

namespace GitOps.Sandbox.Webhooks;

/// <summary>What the kinds of admissionregistration.k8s.io demand.</summary>
internal static class ConfigurationValidation
{
    /// <param name="kind">Which of them it is.</param>
    /// <param name="next">The object to be stored.</param>
    /// <param name="causes">Gets what is wrong.</param>
    public static void Check(string kind, JsonObject next, Causes causes)
    {
        switch (kind)
        {
            case "ValidatingWebhookConfiguration" or "MutatingWebhookConfiguration":
                WebhookValidation.Check(next, causes);
                break;
            case "ValidatingAdmissionPolicy":
                AdmissionPolicyValidation.Validating(next, causes);
                break;
            case "ValidatingAdmissionPolicyBinding":
                BindingValidation.Validating(next, causes);
                break;
            case "MutatingAdmissionPolicy":
                AdmissionPolicyValidation.Mutating(next, causes);
                break;
            case "MutatingAdmissionPolicyBinding":
                BindingValidation.Mutating(next, causes);
                break;
            default:
                break;
        }
    }
}
