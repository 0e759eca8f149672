using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Http;

/// <summary>One answered (or unanswered) request. A watch is complete when its stream has begun.</summary>
/// <param name="Verb"><c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>apply</c>, <c>delete</c>.</param>
/// <param name="Group">API group; the core group is the empty string.</param>
/// <param name="Resource">Plural, with its subresource: <c>deployments</c>, <c>deployments/status</c>; <c>discovery</c>.</param>
/// <param name="Code">0: there was no answer.</param>
/// <param name="Duration">From sending to the end of the body.</param>
public readonly record struct CompletedRequest(string Verb, string Group, string Resource, int Code, TimeSpan Duration);

public enum NoticeKind
{
    /// <summary>Certificates are not verified, because the configuration says so.</summary>
    InsecureTls,

    /// <summary>A token could not be read again; the old one stays in use.</summary>
    CredentialsNotRefreshed,

    /// <summary>A changed CA or client certificate could not be used; the old one stays in use.</summary>
    CertificatesNotRefreshed,

    /// <summary>A CA or client certificate changed and is in use.</summary>
    CertificatesRefreshed,

    /// <summary>What a credential plugin wrote to standard error.</summary>
    PluginOutput,

    /// <summary>The server's word in a Warning header; each text once.</summary>
    ServerWarning,

    /// <summary>A request is going to be repeated.</summary>
    Retry,

    /// <summary>A group's discovery failed.</summary>
    DiscoveryIncomplete,

    /// <summary>A cluster is not asked for a while, or asked again.</summary>
    Circuit,
}

/// <summary>What is worth a log line. It holds no token, no object.</summary>
public readonly record struct ClientNotice(NoticeKind Kind, string Message);

/// <summary>Sees every request; for metrics and logs. Called inline: it must be quick and must not throw.</summary>
public interface IRequestObserver
{
    void OnCompleted(in CompletedRequest request);

    void OnNotice(in ClientNotice notice);

    /// <summary>A watch has come to stand otherwise, or has to begin anew.</summary>
    void OnWatch(in WatchChange change)
    {
        // Not everybody who counts requests asks after watches.
    }
}
