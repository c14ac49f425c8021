using System.CommandLine;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Cli;

/// <summary><c>certificates</c>: an authority, and a certificate and a key for each node.</summary>
internal static class CertificatesCommand
{
    private const int DaysByDefault = 365;

    public static Command Make(TextWriter output)
    {
        var folder = new Option<string>("--out")
        {
            Description = "The folder, which is created if needed; nothing in it is overwritten.",
            HelpName = "DIR",
            Required = true,
        };
        var nodes = new Option<string>("--nodes") { Description = "The nodes' names, separated by commas.", HelpName = "NAME,NAME", Required = true };
        var hosts = new Option<string>("--hosts")
        {
            Description = "The nodes' host names and addresses, separated by commas.",
            HelpName = "HOST,HOST",
            DefaultValueFactory = _ => "localhost,127.0.0.1,::1",
        };
        var days = new Option<int>("--days") { Description = "How many days they are valid.", HelpName = "N", DefaultValueFactory = _ => DaysByDefault };
        var command = new Command(
            "certificates",
            "Create an authority and, for each node, a certificate and a key (cluster.tls), for tests and small private clusters. "
            + "The authority's key is not kept: for another node, create all of them again.") { folder, nodes, hosts, days };
        command.SetAction(parsed =>
        {
            var files = ClusterCertificates.Write(
                parsed.GetValue(folder)!, Names(parsed.GetValue(nodes)), Names(parsed.GetValue(hosts)), parsed.GetValue(days), TimeProvider.System);
            foreach (var file in files) output.WriteLine(file);
            return ExitCode.Done;
        });
        return command;
    }

    private static string[] Names(string? list) => (list ?? "").Split(',', StringSplitOptions.TrimEntries);
}
