namespace GitOps.Operator.Observability;

/// <summary>
/// The label values that are known beforehand. Each is shown at 0 from the start: an alert on a series that does not exist yet
/// never fires, and the first increase of one that appears with a value is lost.
/// </summary>
internal static class MetricLabels
{
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";

    public static class SyncResult
    {
        /// <summary>A newer commit took its place.</summary>
        public const string Superseded = "superseded";

        /// <summary>Somebody broke it off.</summary>
        public const string Terminated = "terminated";

        public static readonly string[] All = [Succeeded, Failed, Superseded, Terminated];
    }

    public static class ReconcileResult
    {
        public const string Done = "done";
        public const string Waiting = "waiting";
        public const string Stalled = "stalled";

        /// <summary>An exception that no step expected.</summary>
        public const string Panicked = "panicked";

        public static readonly string[] All = [Done, Waiting, Stalled, Failed, Panicked];
    }

    public static class RenderResult
    {
        /// <summary>The recorded inputs still hold: nothing was rendered.</summary>
        public const string Cached = "cached";

        public static readonly string[] All = [Succeeded, Failed, Cached];
    }

    public static class RenderKind
    {
        public static readonly string[] All = ["directory", "kustomize", "helm"];
    }

    public static class HelmResult
    {
        /// <summary>The chart is wrong, it took too much, or helm cannot be run.</summary>
        public static readonly string[] All = [GitResult.Ok, "chart", "limit", "unavailable", GitResult.Canceled];
    }

    public static class Trigger
    {
        public static readonly string[] All = ["commit", "spec", "operation", "annotation", "rollback"];
    }

    public static class SourceReason
    {
        public static readonly string[] All = ["Unreachable", "Timeout", "Authentication", "NotFound", "RevisionNotFound", "UntrustedServer", "RenderFailed", "HelmFailed", "InvalidAnnotation"];
    }

    public static class Condition
    {
        /// <summary>The source gives no new state.</summary>
        public const string SourceNotReady = "SourceNotReady";

        /// <summary>The newest commit may not be deployed.</summary>
        public const string SourceNotVerified = "SourceNotVerified";

        /// <summary>Drift is not seen: something cannot be watched.</summary>
        public const string DriftNotWatched = "DriftNotWatched";

        /// <summary>Types of conditions that are shown while they are True, and those above.</summary>
        public static readonly string[] All =
        [
            "Stalled", "Drifted", "ForeignFields", "HealBlocked", "PruneBlocked", "DeletionBlocked", "Contested", "Suspended", "ManualSync", "SyncFailed",
            "SyncWindowClosed", "DependenciesPending", "ApprovalPending", "SharedResource", "ForeignManager", "RolledBack", "HealthOverdue", "SecretsInGit",
            SourceNotReady, SourceNotVerified, DriftNotWatched,
        ];
    }

    public static class GitOperation
    {
        public static readonly string[] All = ["probe", "ls-remote", "fetch", "fetch-objects", "cat-file", "gc", "update-ref", "init"];

        /// <summary>Those that reach for the repository's server.</summary>
        public static readonly string[] Remote = ["probe", "ls-remote", "fetch", "fetch-objects"];
    }

    public static class GitResult
    {
        public const string Ok = "ok";
        public const string Canceled = "canceled";

        public static readonly string[] All = [Ok, Canceled];
    }

    public static class ChartResult
    {
        public const string NotModified = "not-modified";

        public static readonly string[] All = [GitResult.Ok, NotModified, GitResult.Canceled];
    }

    public static class DriftChange
    {
        public static readonly string[] All = ["Modified", "Deleted", "Adopted"];
    }

    public static class SyncStatus
    {
        public static readonly string[] All = ["Synced", "OutOfSync", "Unknown"];
    }

    public static class HealthStatus
    {
        public static readonly string[] All = ["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"];
    }

    public static class Gate
    {
        /// <summary>Types of the conditions that are True while a gate is shut.</summary>
        public static readonly string[] All =
            ["Suspended", "SecretsInGit", "ManualSync", "SyncFailed", "SyncWindowClosed", "DependenciesPending", "ApprovalPending", "PruneBlocked"];
    }

    public static class SecretPolicy
    {
        public const string Denied = "denied";
        public const string Warned = "warned";

        public static readonly string[] All = [Denied, Warned];
    }

    public static class WebhookProvider
    {
        public static readonly string[] All = ["github", "gitlab", "gitea", "bitbucket", "azuredevops", "generic"];
    }

    public static class WebhookResult
    {
        /// <summary>A push to what somebody follows: the repository is looked at.</summary>
        public const string Accepted = "accepted";

        /// <summary>A push that touches nothing that is followed.</summary>
        public const string Unmatched = "unmatched";
        public const string Ping = "ping";

        /// <summary>Another event than a push.</summary>
        public const string Ignored = "ignored";

        /// <summary>It was taken before.</summary>
        public const string Repeated = "repeated";

        /// <summary>The proof of who calls is missing or wrong.</summary>
        public const string Unverified = "unverified";

        /// <summary>Verified, and not what its provider sends.</summary>
        public const string Malformed = "malformed";
        public const string TooLarge = "too-large";

        /// <summary>More calls than are taken at a time.</summary>
        public const string Limited = "limited";

        /// <summary>There is no secret for this provider.</summary>
        public const string Disabled = "disabled";

        public static readonly string[] All =
            [Accepted, Unmatched, Ping, Ignored, Repeated, Unverified, Malformed, TooLarge, Limited, Disabled];
    }

    public static class WatchState
    {
        public const string Listing = "listing";
        public const string Streaming = "streaming";
        public const string Interrupted = "interrupted";

        public static readonly string[] All = [Listing, Streaming, Interrupted];
    }

    public static class WatchEnd
    {
        public static readonly string[] All = ["ended", "expired", "cut", "silent", "error"];
    }

    public static class Step
    {
        /// <summary>In the order of the pipeline.</summary>
        public static readonly string[] All =
        [
            "finalize", "admit", "refresh", "request", "observe", "render", "take-up", "drift", "diff", "gate", "preview", "account", "sync", "record", "hold", "report",
        ];
    }

    public static class Verb
    {
        public static readonly string[] All = ["apply", "create", "delete", "get", "list", "patch", "update", "watch"];
    }
}
