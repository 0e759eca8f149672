using System.Net.Sockets;
using System.Text;

namespace GitOps.Operator.Tests.Architecture;

/// <summary>The rules are worth what the reader behind them sees.</summary>
public sealed class TypeReferencesTests
{
    private static readonly IReadOnlyCollection<TypeReference> All = TypeReferences.Of(typeof(TypeReferencesTests).Assembly);

    [Theory]
    [InlineData("System.IO.File")]
    [InlineData("System.Net.Sockets.Socket")]
    [InlineData("System.Text.StringBuilder")]
    [InlineData("System.Net.Http.HttpClient")]
    [InlineData("System.Diagnostics.Stopwatch")]
    [InlineData("System.IO.Pipes.PipeStream")]
    [InlineData("System.ObsoleteAttribute")]
    [InlineData("System.Runtime.InteropServices.SafeHandle")]
    [InlineData("System.IO.FileNotFoundException")]
    public void A_mention_of_any_form_is_seen(string type) =>
        All.Contains(new TypeReference(typeof(Mentions<>).FullName!, type)).ShouldBeTrue(type);
}

/// <summary>Mentions each type in one way only.</summary>
internal sealed class Mentions<T> : IComparable<StringBuilder>
    where T : System.Runtime.InteropServices.SafeHandle
{
    private readonly List<Dictionary<string, Socket[]>> _field = [];

    public int CompareTo(StringBuilder? other) => _field.Count;

    [Obsolete("It is there to be found.")]
    public static object? Generic() => Activator.CreateInstance<HttpClient>();

    public static Func<string, bool> Closure(string suffix) => path =>
    {
        try
        {
            return File.Exists(path + suffix);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    };

    public static async Task<object> AsyncBodyAsync()
    {
        await Task.Yield();
        return typeof(System.Diagnostics.Stopwatch);
    }

    public static bool Cast(object value) => value is System.IO.Pipes.PipeStream;
}
