// Uploads: the file as it is, with its progress, which fetch does not tell.
import { credentials } from "../../data/credentials";

interface Uploaded {
  id: string;
  name: string;
}

/** Sends a file; `onProgress` gets the share sent. The error has the server's words. */
export function uploadFile(file: File, onProgress: (share: number) => void): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/feed-files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    for (const [name, value] of Object.entries(credentials())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status === 201) resolve(request.response as Uploaded);
      else reject(new Error(request.response?.error?.message ?? String(request.status)));
    };
    request.onerror = () => reject(new Error("The server closed the connection."));
    request.send(file);
  });
}

/** Saves what a run rejected as a file; a link could not carry the credentials. */
export async function saveRejected(run: string, format: "csv" | "jsonl"): Promise<void> {
  const answer = await fetch(`/feed-files/rejected/${encodeURIComponent(run)}?format=${format}`, {
    headers: credentials(),
  });
  if (!answer.ok) throw new Error((await answer.json())?.error?.message ?? String(answer.status));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `rejected-${run.replace("run:", "")}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}
