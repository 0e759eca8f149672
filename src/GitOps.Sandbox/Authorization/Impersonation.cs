using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Authorization;

/// <summary>
/// Whether somebody may act as somebody else. There are several ways to be allowed to: the constrained ones, each for a kind of
/// user and bound to what is done, and the old one, which is bound to nothing. The way that worked last is tried first, so a
/// refusal speaks of that one.
/// </summary>
internal sealed class Impersonation
{
    private const int MostRemembered = 10_000;

    private readonly RoleBasedAccess _access;
    private readonly ConcurrentDictionary<string, ImpersonationMode> _lastMode = new(StringComparer.Ordinal);

    public Impersonation(RoleBasedAccess access) => _access = access;

    /// <param name="requestor">Whose credentials it is.</param>
    /// <param name="wanted">Who it wants to be, as the headers say.</param>
    /// <param name="request">What it wants to do as that one.</param>
    /// <returns>The wanted one with the groups that come with it.</returns>
    /// <exception cref="ApiError">403.</exception>
    public Caller Assume(Caller requestor, Caller wanted, AccessRequest request)
    {
        ApiError? refusal = null;
        foreach (var mode in Modes(requestor))
        {
            if (!mode.IsFor(requestor, wanted))
            {
                continue;
            }

            try
            {
                var assumed = mode.Assume(_access, requestor, wanted, request);
                Remember(requestor, mode);
                return assumed;
            }
            catch (ApiError error)
            {
                refusal ??= error;
            }
        }

        throw refusal!;
    }

    private ImmutableArray<ImpersonationMode> Modes(Caller requestor) => _lastMode.TryGetValue(requestor.Name, out var last)
        ? [last, .. ImpersonationMode.All.Where(mode => mode != last)]
        : ImpersonationMode.All;

    private void Remember(Caller requestor, ImpersonationMode mode)
    {
        if (_lastMode.Count >= MostRemembered)
        {
            _lastMode.Clear();
        }

        _lastMode[requestor.Name] = mode;
    }
}
