using System.Text;

namespace GitOps.Sandbox.Controllers;

/// <summary>FNV-1a of 32 bits, the same in every process, and the letters in which workloads write it.</summary>
internal static class StableHash
{
    private const uint Basis = 2166136261;
    private const uint Prime = 16777619;
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    public static uint Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Basis;
        foreach (var one in bytes)
        {
            hash = (hash ^ one) * Prime;
        }

        return hash;
    }

    /// <summary>A hash without vowels, so that it never spells a word.</summary>
    public static string Text(uint hash) => string.Concat(Fields.Invariant(hash).Select(static digit => Letters[digit % Letters.Length]));
}
