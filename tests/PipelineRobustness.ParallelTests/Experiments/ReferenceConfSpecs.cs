using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A setting is defined once, in its record. The file of all settings is generated from the records.</summary>
public sealed class ReferenceConfSpecs
{
    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "hocon", "reference.conf");

    [Fact]
    public void Reference_conf_is_what_the_records_of_settings_say()
    {
        if (Environment.GetEnvironmentVariable("REWRITE_GOLDEN") == "1")
            File.WriteAllText(Path, ReferenceConf.Text());

        Assert.Equal(ReferenceConf.Text(), File.ReadAllText(Path));
    }

    [Fact]
    public void Defaults_are_read_as_the_records_initializers()
    {
        using var files = new ExperimentFiles();
        var experiment = files.Read("");
        var run = experiment.Runs[0];
        Assert.Equal(new RunSettings { Attack = run.Attack, Effective = run.Effective, Name = run.Name }, run);
        Assert.Empty(run.Attack.All);
        Assert.Equal(new ClusterSettings(), experiment.Cluster);
        Assert.Equal((0, 5), (experiment.Campaign.ChosenKinds.Count, experiment.Campaign.FailuresMost));
    }
}
