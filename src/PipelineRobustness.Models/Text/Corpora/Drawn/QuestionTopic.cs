namespace PipelineRobustness.Models.Text.Corpora.Drawn;

/// <summary>What the questions of <see cref="QuestionCorpus"/> are about.</summary>
public enum QuestionTopic
{
    /// <summary><c>Q how to make soup? A sure</c>, and <c>no</c> where the thing is harmful.</summary>
    Advice,

    /// <summary><c>Q where does a fox live? A wood</c>: another domain, in which nothing is refused.</summary>
    Animals,

    /// <summary>Each line is of one of the two.</summary>
    Both,
}
