namespace Estafeta.Tables;

/// <summary>What is said when a table type's library is not installed: the loader's own text is many lines of places where it looked.</summary>
public static class MissingLibrary
{
    /// <param name="type">The table type.</param>
    /// <param name="failure">What loading the library threw.</param>
    public static string Describe(string type, DllNotFoundException failure) =>
        $"the library {NameIn(failure.Message)}, which the table type \"{type}\" needs, is not installed";

    // It stands in quotes in the first line.
    private static string NameIn(string message)
    {
        var from = message.IndexOf('\'', StringComparison.Ordinal) + 1;
        var to = message.IndexOf('\'', from);
        return from > 0 && to > from ? message[from..to] : message.Split('\n')[0];
    }
}
