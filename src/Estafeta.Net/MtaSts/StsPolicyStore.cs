using System.Text;
using Estafeta.Net.Dns;
using Estafeta.Unix.Files;

namespace Estafeta.Net.MtaSts;

/// <summary>
/// Policies on disk, a file a domain: they must outlive a restart, or an attacker would only have to wait for one. A file is written beside
/// its place, synced, and moved there. One writer: the process of tlsmgr.
/// </summary>
/// <param name="directory">Below data_directory; made when it is first needed.</param>
public sealed class StsPolicyStore(string directory)
{
    public static string Below(string dataDirectory) => Path.Combine(dataDirectory, "mta-sts");

    public IEnumerable<KeyValuePair<string, StsCacheEntry>> Load()
    {
        if (!Directory.Exists(directory))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFiles(directory))
        {
            // Others are leftovers of a write that was cut short.
            if (DnsName.IsHostName(Path.GetFileName(path)) && Read(path) is { } entry)
            {
                yield return new(Path.GetFileName(path), entry);
            }
        }
    }

    public StsCacheEntry? Find(string domain) => DnsName.IsHostName(domain) ? Read(Path.Combine(directory, domain)) : null;

    /// <summary>Throws <see cref="IOException"/>.</summary>
    /// <param name="domain">A host name in lower case: the file's name.</param>
    public void Put(string domain, StsCacheEntry entry)
    {
        Directory.CreateDirectory(directory);
        AtomicFile.Write(Path.Combine(directory, domain), Encoding.UTF8.GetBytes(entry.Format()));
    }

    public bool Remove(string domain)
    {
        var path = Path.Combine(directory, domain);
        var exists = DnsName.IsHostName(domain) && File.Exists(path);
        if (exists)
        {
            File.Delete(path);
        }

        return exists;
    }

    private static StsCacheEntry? Read(string path)
    {
        try
        {
            return StsCacheEntry.Parse(File.ReadAllText(path));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }
}
