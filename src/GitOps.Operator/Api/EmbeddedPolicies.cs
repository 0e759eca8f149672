using System.Text;

namespace GitOps.Operator.Api;

/// <summary>The files of <c>deploy/policies/</c>, which the program carries: it installs them in the sandbox, and knows the real ones by them.</summary>
internal static class EmbeddedPolicies
{
    private const string SyncApprovalFile = "policies/sync-approval.yaml";

    /// <summary>The admission policy of SyncApprovals and its binding: two documents.</summary>
    public static string SyncApproval()
    {
        using var reader = new StreamReader(typeof(EmbeddedPolicies).Assembly.GetManifestResourceStream(SyncApprovalFile)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
