using GitOps.Kubernetes.Http;

namespace GitOps.Kubernetes.Watching;

public enum WatchPhase
{
    /// <summary>It begins; what there is has not been listed yet.</summary>
    Opening,

    /// <summary>What there is has been listed, or the stream is open again: nothing is missed from now on.</summary>
    Open,

    /// <summary>The stream has ended as streams do, and is opened again at once.</summary>
    Restarting,

    /// <summary>The stream or the list has failed; what happens now is not seen until it is open again.</summary>
    Broken,

    /// <summary>The same, for want of a permission.</summary>
    Refused,

    /// <summary>Nobody watches any more.</summary>
    Closed,
}

/// <summary>Why a stream has to be opened again, or a list asked for again.</summary>
public enum WatchEnd
{
    None,

    /// <summary>By the server, after the time that was asked for or before it.</summary>
    Ended,

    /// <summary>The server has forgotten the version that it was to go on from.</summary>
    Expired,

    /// <summary>The connection broke, or could not be made.</summary>
    Cut,

    /// <summary>Nothing came for too long.</summary>
    Silent,

    /// <summary>The server refused, or brought what is no event.</summary>
    Error,
}

/// <summary>How a watch stands.</summary>
/// <param name="Watch">Which: equal to itself alone.</param>
/// <param name="Group">API group; the core group is the empty string.</param>
/// <param name="Resource">Plural.</param>
/// <param name="Phase">From now on.</param>
/// <param name="End">For Restarting, Broken and Refused.</param>
/// <param name="Relists">Whether everything is listed again.</param>
public readonly record struct WatchChange(object Watch, string Group, string Resource, WatchPhase Phase, WatchEnd End = WatchEnd.None, bool Relists = false)
{
    /// <summary>What a failure of a watch comes to.</summary>
    internal static WatchEnd EndOf(Exception failure) => failure switch
    {
        ApiException { IsGone: true } => WatchEnd.Expired,
        ApiConnectionException { IsTimeout: true } => WatchEnd.Silent,
        ApiConnectionException => WatchEnd.Cut,
        _ => WatchEnd.Error,
    };
}
