using PipelineRobustness.Cli;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Cli;

/// <summary>The wording of messages, pinned once: messages.golden.</summary>
public sealed class GoldenMessagesSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public static TheoryData<string, string> Messages
    {
        get
        {
            var lines = Repository.Read("tests/PipelineRobustness.ParallelTests/Cli/messages.golden").Split('\n');
            return [.. lines.Zip(lines.Skip(1)).Where(pair => pair.First.StartsWith('>') || pair.First.StartsWith('$'))];
        }
    }

    public void Dispose() => _files.Dispose();

    [Theory, MemberData(nameof(Messages))]
    public async Task A_message_has_its_pinned_wording(string input, string message) =>
        Assert.Equal(
            // Another remedy changes the list of names, but no message.
            message.Replace("{remedies}", string.Join(", ", RemedyCatalog.Names), StringComparison.Ordinal),
            input[0] == '>' ? _files.Refused(input[2..].Replace(" / ", "\n", StringComparison.Ordinal)) : await ErrorOfAsync(input[2..]));

    private static async Task<string> ErrorOfAsync(string command)
    {
        using var error = new StringWriter { NewLine = "\n" };
        Assert.Equal(ExitCode.BadSettings, await CommandLine.InvokeAsync(command.Split(' '), TextWriter.Null, error));
        return error.ToString().TrimEnd('\n');
    }
}
