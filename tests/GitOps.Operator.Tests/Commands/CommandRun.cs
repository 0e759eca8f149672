using System.CommandLine;
using GitOps.Operator.Commands;

namespace GitOps.Operator.Tests.Commands;

/// <summary>A command as a user calls it, in this process.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    public static async Task<CommandRun> OfAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.Create(static _ => null).Parse(arguments)
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return new(code, output.ToString(), error.ToString());
    }
}
