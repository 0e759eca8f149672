using System.Collections.Concurrent;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Tests.Support;

internal sealed class RecordingObserver : IRequestObserver
{
    public ConcurrentQueue<CompletedRequest> Requests { get; } = new();

    public ConcurrentQueue<ClientNotice> Notices { get; } = new();

    public ConcurrentQueue<WatchChange> Watches { get; } = new();

    public void OnWatch(in WatchChange change) => Watches.Enqueue(change);

    public void OnCompleted(in CompletedRequest request) => Requests.Enqueue(request);

    public void OnNotice(in ClientNotice notice) => Notices.Enqueue(notice);
}
