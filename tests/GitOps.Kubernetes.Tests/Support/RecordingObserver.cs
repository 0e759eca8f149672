using System.Collections.Concurrent;
using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Tests.Support;

internal sealed class RecordingObserver : IRequestObserver
{
    public ConcurrentQueue<CompletedRequest> Requests { get; } = new();

    public ConcurrentQueue<ClientNotice> Notices { get; } = new();

    public void OnCompleted(in CompletedRequest request) => Requests.Enqueue(request);

    public void OnNotice(in ClientNotice notice) => Notices.Enqueue(notice);
}
