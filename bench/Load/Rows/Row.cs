using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Load.Rows;

/// <summary>One line of the comparison: a piece of work that both servers do several times, in turns.</summary>
internal abstract class Row(string name, params Figure[] figures)
{
    public string Name => name;

    public IReadOnlyList<Figure> Figures => figures;

    /// <summary>main.cf lines beyond the common ones.</summary>
    public virtual IReadOnlyList<string> Settings => [];

    /// <summary>Once for each server, before the runs. The server is stopped.</summary>
    public virtual void Prepare(MailServer server)
    {
    }

    /// <summary>One run. The server is stopped before and after; the result has a value for each figure.</summary>
    public abstract double[] Run(MailServer server);
}
