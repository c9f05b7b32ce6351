namespace Estafeta.Commands.QueueAccess;

/// <summary>Messages pickup has not taken yet, for <c>postsuper -d</c>. They are files whoever is root may remove.</summary>
internal sealed class MaildropFiles(string directory)
{
    /// <summary>False when there is no such file.</summary>
    public bool TryDelete(string name)
    {
        if (!name.All(char.IsAsciiLetterOrDigit) || name.Length == 0)
        {
            return false;
        }

        var path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            return false;
        }

        File.Delete(path);
        return true;
    }

    public int DeleteAll() => Directory.Exists(directory) ? Directory.GetFiles(directory).Count(f => TryDelete(Path.GetFileName(f))) : 0;
}
