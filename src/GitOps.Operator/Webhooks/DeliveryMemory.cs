using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Webhooks;

/// <summary>
/// Which calls were taken lately, so that a recorded one does nothing when it is sent again. Only verified calls come here: nobody
/// else can push one out.
/// </summary>
internal sealed class DeliveryMemory
{
    private const int Capacity = 4096;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, DateTimeOffset At)> _order = new();

    public DeliveryMemory(TimeProvider time) => _time = time;

    /// <summary>A call is known by its proven id; by its whole body where there is none.</summary>
    public static string KeyOf(string provider, string? delivery, ReadOnlySpan<byte> body) =>
        $"{provider} {Convert.ToHexStringLower(SHA256.HashData(delivery is null ? body : Encoding.UTF8.GetBytes(delivery)))}";

    /// <returns>False: it was taken before.</returns>
    public bool Take(string key)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && (now - oldest.At > Kept || _order.Count >= Capacity))
            {
                _order.Dequeue();
                _known.Remove(oldest.Key);
            }

            if (!_known.Add(key))
            {
                return false;
            }

            _order.Enqueue((key, now));
            return true;
        }
    }
}
